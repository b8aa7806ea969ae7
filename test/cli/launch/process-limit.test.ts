import assert from 'node:assert/strict';
import { chmodSync } from 'node:fs';
import { temporaryDirectory } from '../../helpers/processes/governed.js';
import { finished, type Finished } from '../../helpers/processes/run.js';
import { GOVERNOR } from '../../helpers/shared.js';
import { requireRoot } from '../../helpers/skip.js';

let users = 200_000 + process.pid;

/** Runs `governor` as a user that has no other process and may have no more than `most` processes and threads. */
function limited(most: number, ...words: string[]): Promise<Finished> {
  const user = ['setpriv', '--reuid', String(users++), '--regid', '65534', '--clear-groups'];
  const directory = temporaryDirectory();
  chmodSync(directory, 0o777);
  const ledger = `GOVERNOR_LEDGER=${directory}/ledger`;
  return finished([...user, 'prlimit', `--nproc=${most}`, 'env', ledger, GOVERNOR, ...words]);
}

describe('a limit on processes that lets nothing start is one line that names it', () => {
  for (const [most, words] of [
    [4, ['run', '-q', '--', 'true']],
    [5, ['run', '-q', '--', 'true']],
    [6, ['run', '-q', '--', 'true']],
    [4, ['launch', '-q', '-n', '1', '--', 'true']],
    [6, ['launch', '-q', '-n', '1', '--', 'true']],
    [6, ['audit', String(process.pid)]],
  ] as const) {
    it(`governor ${words[0]} with ${most} processes`, async function () {
      requireRoot(this, 'start a program of a user that has no other');
      const { status, stdout, stderr } = await limited(most, ...words);
      assert.match(
        stderr,
        new RegExp(`^governor: (rank 0 .*: )?cannot start .*: a limit is reached \\(RLIMIT_NPROC: ${most}, .*\\n$`),
      );
      assert.deepEqual([status, stdout], [2, '']);
    });
  }
  it('with more it starts: 12 are enough for governor and one program', async function () {
    requireRoot(this, 'start a program of a user that has no other');
    const { status, stdout, stderr } = await limited(12, 'run', '-q', '--', 'echo', 'started');
    assert.deepEqual([status, stdout, stderr], [0, 'started\n', '']);
  });
});
