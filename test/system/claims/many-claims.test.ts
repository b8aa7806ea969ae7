import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { ledgerDirectory, readClaims } from '../../../lib/system/claims/ledger.js';
import { OBSERVERS, TWO_CPUS } from '../../helpers/processes/governed.js';
import { started } from '../../helpers/processes/printing.js';
import { governor } from '../../helpers/processes/run.js';
import { PYTHON } from '../../helpers/shared.js';

const MANY = 15_000;
const [FIRST] = TWO_CPUS;
/** Seconds of CPU time that one list of all claims may take, also with other programs on the machine. */
const MOST_SECONDS = 1;

describe(`a ledger in which a user holds ${MANY} claims`, function () {
  this.timeout(60_000);

  async function hold(bytes: number, record: object): Promise<void> {
    mkdirSync(ledgerDirectory());
    const program = [PYTHON, join(OBSERVERS, 'hold_many_claims.py'), ledgerDirectory()];
    const { line } = await started([...program, String(MANY), String(bytes), JSON.stringify(record)]);
    assert.equal(line, 'held');
  }
  function read(): { count: number; seconds: number } {
    const before = process.cpuUsage();
    const count = readClaims().length;
    const { user, system } = process.cpuUsage(before);
    return { count, seconds: (user + system) / 1e6 };
  }

  it('small ones: status names four, and counts the others', async () => {
    await hold(12, { cpus: [FIRST] });
    const { count, seconds } = read();
    assert.equal(count, MANY);
    assert.ok(seconds < MOST_SECONDS, `${seconds} s`);
    const { status, stdout } = await governor(['status']);
    assert.equal(status, 0);
    assert.match(stdout, new RegExp(`; and ${MANY - 4} more \\(--json lists them\\)`));
    assert.ok(stdout.split('\n').every(line => line.length < 1000));
  });

  it('large ones: only as many are read as 4 MiB hold', async () => {
    await hold(60_000, { cpus: [FIRST] });
    const { count, seconds } = read();
    assert.equal(count, Math.floor((4 * 2 ** 20) / 60_000));
    assert.ok(seconds < MOST_SECONDS, `${seconds} s`);
  });

  it('that wait: status shows the first ones', async () => {
    await hold(100, { cpus: [], waiting: { ticket: 1, wanted: 1, among: [FIRST] } });
    const { status, stdout } = await governor(['status']);
    assert.equal(status, 0);
    assert.match(stdout, new RegExp(`^and ${MANY - 20} more \\(--json lists them\\)$`, 'm'));
  });
});
