import assert from 'node:assert/strict';
import { join } from 'node:path';
import { held } from '../../helpers/ledger.js';
import { OBSERVERS } from '../../helpers/processes/governed.js';
import { finished } from '../../helpers/processes/run.js';
import { GOVERNOR, PROJECT } from '../../helpers/shared.js';

const INDEX = join(PROJECT, 'dist/lib/index.js');
const limited = (most: number, ...command: string[]) => finished(['prlimit', `--nofile=${most}:${most}`, ...command]);

// The output of a helper that stays behind would never end, and neither would these tests.
describe('too few free descriptors are an error that names the limit; no process and no claim is left', () => {
  for (const verb of ['run', 'launch'] as const) {
    it(`${verb}() with 0 to 8 free`, async () => {
      const found: string[] = [];
      for (let left = 0; left <= 8; left++) {
        const program = [process.execPath, join(OBSERVERS, 'few_descriptors.mjs'), INDEX, verb, String(left)];
        const { stdout, stderr } = await limited(128, ...program);
        assert.match(stdout, /^(ended|LIMIT_REACHED|HOST_UNREADABLE|LEDGER_UNUSABLE)\n$/, `${left} free: ${stderr}`);
        found.push(stdout.trim());
      }
      assert.equal(found[2], 'LIMIT_REACHED');
      assert.equal(found.at(-1), 'ended');
      assert.deepEqual(held(), []);
    });
  }
  it('governor run with a limit of 20 to 30', async () => {
    for (let most = 20; most <= 30; most++) {
      const { status, stdout, stderr } = await limited(most, GOVERNOR, 'run', '-q', '--', 'echo', 'ran');
      if (status === 0) assert.equal(stdout, 'ran\n');
      else assert.match(stderr, /^governor: cannot [^\n]*\n$/, `limit ${most}`);
    }
    assert.deepEqual(held(), []);
  });
});
