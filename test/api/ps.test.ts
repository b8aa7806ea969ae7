import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { ps, type ProgramRecord } from '../../lib/index.js';
import { tooMuch } from '../../lib/core/audit/verdict.js';
import { affinitiesByTaskset, PROGRAMS, TWO_CPUS } from '../helpers/processes/governed.js';
import { startedInSession } from '../helpers/processes/programs.js';
import { PYTHON } from '../helpers/shared.js';

const POOL = join(PROGRAMS, 'busy_threads.py');

async function watched(pid: number): Promise<ProgramRecord> {
  const found = (await ps({ window: 0.3 })).find(program => program.pid === pid);
  assert.ok(found, `program ${pid} is listed`);
  return found;
}

describe('ps lists the programs of this machine', () => {
  it('an over-subscribed pool as one program: its parent, with the sums of its process tree', async () => {
    const { pid } = await startedInSession(['taskset', '-c', TWO_CPUS.join(), PYTHON, POOL, '2', '4']);
    const { processes, threads, verdict, demand, wanted, cpus, user, uid, command, commandLine } = await watched(pid);
    assert.deepEqual(
      { processes, threads, command, commandLine },
      { processes: 3, threads: 9, command: 'python3', commandLine: [PYTHON, POOL, '2', '4'] },
    );
    assert.ok(tooMuch(verdict), verdict);
    assert.ok(wanted > 2.5 && wanted <= 9, `${wanted} of 8 threads`);
    assert.equal(demand, wanted / TWO_CPUS.length);
    assert.deepEqual(cpus, affinitiesByTaskset(pid)[0]);
    assert.deepEqual({ user, uid }, { user: userInfo().username, uid: userInfo().uid });
  });
  it('a sleeping program with many threads and no demand', async () => {
    const { pid } = await startedInSession([PYTHON, join(PROGRAMS, 'sleeping_threads.py')]);
    const { threads, verdict, ratio, effectiveCpus, demand } = await watched(pid);
    assert.deepEqual({ threads, verdict }, { threads: 101, verdict: 'idle' });
    assert.equal(ratio, 101 / effectiveCpus);
    assert.ok(demand < 0.05);
  });
  it('with the worst first', async () => {
    const [busy, sleeping] = [
      await startedInSession([PYTHON, POOL, '1', '4']),
      await startedInSession([PYTHON, join(PROGRAMS, 'sleeping_threads.py')]),
    ];
    const pids = (await ps({ window: 0.3 })).map(program => program.pid);
    assert.ok(pids.indexOf(busy.pid) < pids.indexOf(sleeping.pid));
  });
  it('without kernel threads and the calling process, and no process in two programs', async () => {
    const programs = await ps({ window: 0.05 });
    for (const { pid } of programs) assert.notEqual(pid, process.pid);
    assert.equal(new Set(programs.map(({ pid }) => pid)).size, programs.length);
    for (const { pid, command } of programs) assert.notEqual(command, 'kthreadd', String(pid));
  });
  it('with the start time of each', async () => {
    const { pid } = await startedInSession([PYTHON, join(PROGRAMS, 'sleeping_threads.py')]);
    const { startTime } = await watched(pid);
    assert.equal(
      startTime,
      Number(readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/^.*\)/s, '').trim().split(' ')[19]),
    );
  });
});

describe('ps rejects', () => {
  it('a window that is not above 0 and at most 3600 seconds', async () => {
    for (const window of [0, -1, NaN, 3601])
      await assert.rejects(ps({ window }), { code: 'BAD_INPUT', message: /^invalid window .*: expected seconds/ });
  });
  it('when it is aborted, before and after it began', async () => {
    const abort = new AbortController();
    const watching = ps({ window: 3600, signal: abort.signal });
    abort.abort();
    await assert.rejects(watching, { name: 'AbortError' });
    await assert.rejects(ps({ signal: abort.signal }), { name: 'AbortError' });
  });
});
