import assert from 'node:assert/strict';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Context } from 'mocha';
import { temporaryDirectory } from '../../helpers/processes/governed.js';
import { compiled, OWNERS } from '../../helpers/audit/ground-truth.js';
import { requirePackages } from '../../helpers/debian.js';
import { finished } from '../../helpers/processes/run.js';
import { skip } from '../../helpers/skip.js';
import { times } from '../../helpers/times.js';

/** What fixtures/owners/observers/storm_watch.mjs prints. */
interface Seen {
  threads: number;
  named: number;
  others: number;
  kinds: Record<string, number>;
  wrong: string[];
}

const LIB = fileURLToPath(new URL('../../../lib', import.meta.url));
const TIMES = String(times(50));
const MOST_WATCHES = 10;

function watch(test: Context): string[] {
  requirePackages(test, 'gcc');
  const directory = temporaryDirectory();
  const [storm, other] = ['thread_storm', 'other_program'].map(name =>
    compiled(join(directory, name), ['gcc', '-O1', '-pthread', `$/compiled/${name}.c`]),
  );
  return [process.execPath, join(OWNERS, 'observers/storm_watch.mjs'), LIB, TIMES, storm!, other!];
}

async function seenBy(command: readonly string[]): Promise<Seen> {
  const { status, signal, stdout, stderr } = await finished(command);
  assert.equal(status, 0, `${signal} ${stderr}`);
  const seen = JSON.parse(stdout) as Seen;
  console.log(`      ${JSON.stringify({ ...seen, wrong: seen.wrong.length })}`);
  return seen;
}

describe('owners in a storm of threads and processes', function () {
  this.timeout(600_000);

  it('are routines of the program, right for threads that stay, and never of another process', async function () {
    const command = watch(this);
    let others = 0;
    // By chance no process may have executed the other program during any look.
    for (let watches = 0; others === 0 && watches < MOST_WATCHES; watches++) {
      const seen = await seenBy(command);
      assert.deepEqual(seen.wrong, []);
      assert(seen.named > seen.threads / 10, JSON.stringify(seen));
      others = seen.others;
    }
    assert(others > 0, `not seen in ${MOST_WATCHES} watches`);
  });

  it('are right even if pids are so few that each is soon reused', async function () {
    const few = 'echo 400 >/proc/sys/kernel/pid_max && exec "$@"';
    const inside = ['unshare', '--pid', '--fork', '--mount-proc', '--kill-child', 'sh', '-c', few, 'sh'];
    if ((await finished([...inside, 'true'])).status !== 0) {
      skip(this, 'a PID namespace with its own pid_max takes root and Linux 6.14');
    }
    const seen = await seenBy([...inside, ...watch(this)]);
    assert.deepEqual(seen.wrong, []);
  });
});
