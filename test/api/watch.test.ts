import assert from 'node:assert/strict';
import { once } from 'node:events';
import { watch, type Audit } from '../../lib/index.js';
import { badInputError } from '../helpers/property.js';
import { started } from '../helpers/processes/printing.js';
import { PYTHON } from '../helpers/shared.js';

/** Starts a thread that sleeps for each line that it reads. */
const THREAD_A_LINE = `
import sys, threading
print("ready", flush=True)
for _ in sys.stdin:
    threading.Thread(target=threading.Event().wait, daemon=True).start()
`;

/** Computes for 0.2 s of CPU time for each line that it reads. */
const WORK_A_LINE = `
import sys, time
print("ready", flush=True)
for _ in sys.stdin:
    end = time.process_time() + 0.2
    while time.process_time() < end: pass
    print("done", flush=True)
`;

/** The first audit that satisfies a condition; only the time limit of the test ends the search. */
async function firstThat(audits: AsyncIterator<Audit, void>, holds: (audit: Audit) => boolean): Promise<Audit> {
  for (;;) {
    const { value, done } = await audits.next();
    if (done) throw new Error('the program has ended');
    if (holds(value)) return value;
  }
}

const pythonThreads = ({ pools }: Audit) => pools.find(pool => pool.library === 'Python thread')?.started ?? 0;

describe('watch', () => {
  it('knows the owners of threads that start while it watches', async () => {
    const { child, pid } = await started([PYTHON, '-c', THREAD_A_LINE]);
    const audits = watch(pid, { interval: 0.05 });
    await firstThat(audits, audit => audit.threads.all === 1);
    for (const threads of [1, 2]) {
      child.stdin!.write('\n');
      await firstThat(audits, audit => audit.threads.all === 1 + threads && pythonThreads(audit) === threads);
    }
    await audits.return();
  });

  it('counts all CPU time between two audits, however late the next one is requested', async () => {
    const { child, pid } = await started([PYTHON, '-c', WORK_A_LINE]);
    const audits = watch(pid, { interval: 0.05 });
    await firstThat(audits, () => true);
    child.stdin!.write('\n');
    await once(child.stdout!, 'data');
    const { run, window } = await firstThat(audits, () => true);
    assert.ok(run * window > 0.15, `${run} CPUs for ${window} s`);
    await audits.return();
  });

  it('ends when the program ends', async () => {
    const { child, pid } = await started([PYTHON, '-c', THREAD_A_LINE]);
    const audits = watch(pid, { interval: 0.05 });
    await firstThat(audits, () => true);
    child.stdin!.end();
    for await (const audit of audits) assert.equal(audit.pid, pid);
  });

  it('rejects at once when it is aborted', async () => {
    const abort = new AbortController();
    const audits = watch(process.pid, { interval: 3600, signal: abort.signal });
    const next = audits.next();
    abort.abort();
    await assert.rejects(next, { name: 'AbortError' });
    assert.throws(() => watch(process.pid, { signal: abort.signal }), { name: 'AbortError' });
  });

  it('refuses bad input when it is called', () => {
    assert.throws(() => watch(0), badInputError(/pid 0: /));
    assert.throws(() => watch(4194304), { code: 'NO_SUCH_PROCESS' });
    for (const interval of [0, -1, NaN, 3601])
      assert.throws(() => watch(process.pid, { interval }), badInputError(/^invalid interval .*: expected seconds/));
  });
});
