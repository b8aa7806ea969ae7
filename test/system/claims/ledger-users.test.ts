import assert from 'node:assert/strict';
import { closeSync, openSync, readFileSync, statSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { LedgerStatus } from '../../../lib/index.js';
import { native } from '../../../lib/system/native.js';
import { ledgerDirectory, readClaims } from '../../../lib/system/claims/ledger.js';
import { claimed, held, HOLD, LEDGER } from '../../helpers/ledger.js';
import { TWO_CPUS } from '../../helpers/processes/governed.js';
import { started } from '../../helpers/processes/printing.js';
import { finished, governor } from '../../helpers/processes/run.js';
import { requireRoot } from '../../helpers/skip.js';

const [FIRST] = TWO_CPUS;

describe('the ledger and several users', () => {
  const asNobody = ['setpriv', '--reuid', '65534', '--regid', '65534', '--clear-groups', '--'];

  it('a user who is not root claims CPUs, is seen by root, and sees the claims of root', async function () {
    requireRoot(this, 'run programs as other users');
    const { claim } = await claimed(0);
    assert.equal(statSync(ledgerDirectory()).mode & 0o7777, 0o1777);
    const { child, line } = await started([...asNobody, 'sh', '-c', 'umask 077 && exec "$0" "$@"', ...HOLD, '1']);
    const other = readClaims().find(({ name }) => name === line.trim())!;
    assert.deepEqual({ uid: other.uid, cpus: other.cpus, pid: other.pid }, { uid: 65534, cpus: [1], pid: child.pid });
    const read = await finished([
      ...asNobody,
      process.execPath,
      '-e',
      `import(${JSON.stringify(LEDGER)}).then(({ readClaims }) => console.log(readClaims().length))`,
    ]);
    assert.equal(read.stdout, '2\n', read.stderr);
    claim.close();
  });

  it('a user can neither end the claim of another nor make an ended one look held', async function () {
    requireRoot(this, 'run programs as other users');
    const { claim } = await claimed(0);
    const record = join(ledgerDirectory(), claim.name);
    const { stdout } = await finished([
      ...asNobody,
      'sh',
      '-c',
      'rm -f "$1" 2>/dev/null; echo x 2>/dev/null >"$1"; echo $?',
      'sh',
      record,
    ]);
    assert.notEqual(stdout, '0\n');
    assert.deepEqual(held(), [[0]]);
    const reader = await started([
      ...asNobody,
      'sh',
      '-c',
      'exec 3<"$1"; flock -s 3 && echo locked && exec cat',
      'sh',
      record,
    ]);
    closeSync(claim.descriptors[0]!);
    assert.deepEqual(held(), []);
    reader.child.kill('SIGKILL');
  });

  it("a claim does not hide another user's program: its record may name any process", async function () {
    requireRoot(this, 'run programs as other users');
    const stranger = await started(['taskset', '-c', String(FIRST), 'sh', '-c', 'echo; exec cat']);
    const strangers = async () => {
      const { stdout } = await governor(['status', '--json']);
      return (JSON.parse(stdout) as LedgerStatus).strangers.map(({ pid }) => pid);
    };
    const pretend = async (user: readonly string[]) => {
      const { child, line } = await started([...user, ...HOLD, '1']);
      const path = join(ledgerDirectory(), line.trim());
      const text = readFileSync(path, 'utf8');
      const { startTime } = native.process(stranger.pid)!;
      const record = { ...(JSON.parse(text) as object), pid: stranger.pid, startTime };
      const file = openSync(path, 'r+');
      writeSync(file, JSON.stringify(record).padEnd(text.length), 0);
      closeSync(file);
      return child;
    };
    const other = await pretend(asNobody);
    assert.ok((await strangers()).includes(stranger.pid));
    other.kill('SIGKILL');
    const own = await pretend([]);
    assert.ok(!(await strangers()).includes(stranger.pid));
    own.kill('SIGKILL');
  });
});
