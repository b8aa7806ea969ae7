import assert from 'node:assert/strict';
import { mainThreadPinned } from '../../../../lib/core/audit/findings/main-thread-pinned.js';
import {
  file,
  governed,
  madeAudit,
  madeProcess,
  madeWorkers,
  type MadeProcess,
} from '../../../helpers/audit/audited.js';

const GOMP = [file('libgomp.so.1', 'libgomp')];
const BOUND = { OMP_PROC_BIND: 'true' };
const team = (...cpus: string[]) => cpus.map(list => ({ cpus: list, owner: 'libgomp', run: 1 }));
const pinned = (more: MadeProcess = {}) =>
  madeProcess({ environment: BOUND, modules: GOMP, threads: [{ cpus: '0' }], ...more });
const inheriting = (count: number) =>
  madeWorkers(count, () => ({ environment: BOUND, modules: GOMP, threads: [{ cpus: '0', run: 0.3 }] }));

describe('finding: the main thread is pinned by an OpenMP runtime', () => {
  it('with workers on the same CPU', () => {
    const [found, ...more] = mainThreadPinned(madeAudit(pinned(), ...inheriting(3)));
    assert.deepEqual(more, []);
    assert.equal(found!.id, 'main-thread-pinned');
    assert.equal(
      found!.text,
      'OMP_PROC_BIND made the OpenMP library pin the main thread of python3 (pid 100) to CPU 0, ' +
        'and every process and thread started from it inherits that.',
    );
    assert.equal(
      found!.evidence,
      'OMP_PROC_BIND=true; the program could use CPUs 0-7; child processes on the same CPUs: 1000, 1100, 1200',
    );
    assert.equal(found!.fix, 'unset OMP_PROC_BIND');
    assert.deepEqual(found!.pids, [100, 1000, 1100, 1200]);
  });
  it('with a busy thread of another library on the same CPU', () => {
    const threads = [{ cpus: '0' }, ...team('1', '2'), { cpus: '0', owner: 'Python thread', run: 0.5 }];
    assert.match(
      mainThreadPinned(madeAudit(pinned({ threads })))[0]!.evidence,
      /threads on the same CPUs: 103 \(Python thread\)$/,
    );
  });
  it('without OpenMP threads', () => assert.equal(mainThreadPinned(madeAudit(pinned())).length, 1));
  it('for each variable that the runtime reads', () => {
    const omp = [file('libomp.so.5', 'libomp')];
    const found = (environment: Record<string, string>, modules = GOMP) =>
      mainThreadPinned(madeAudit(pinned({ environment, modules }))).map(finding => finding.fix);
    assert.deepEqual(found({ OMP_PLACES: 'cores', GOMP_CPU_AFFINITY: '0-3' }), ['unset OMP_PLACES GOMP_CPU_AFFINITY']);
    assert.deepEqual(found({ KMP_AFFINITY: 'compact' }), []);
    assert.deepEqual(found({ KMP_AFFINITY: 'compact' }, omp), ['unset KMP_AFFINITY']);
  });
  it('reported once for similar processes', () => {
    const one = (pid: number) => pinned({ pid, role: 'other' });
    const child = (pid: number, ppid: number) => madeProcess({ pid, ppid, role: 'worker', threads: [{ cpus: '0' }] });
    const found = mainThreadPinned(madeAudit(madeProcess(), one(200), one(300), child(201, 200), child(301, 300)));
    assert.deepEqual(
      found.map(finding => finding.pids),
      [[200, 300, 201, 301]],
    );
  });
});

describe("no finding: the main thread's affinity is intended", () => {
  const fine = (...processes: ReturnType<typeof madeProcess>[]) =>
    assert.deepEqual(mainThreadPinned(madeAudit(...processes)), []);

  it('bound with its OpenMP threads, each to its own place', () =>
    fine(pinned({ threads: [{ cpus: '0', run: 1 }, ...team('1', '2', '3')] })));
  it('bound, with one thread requested', () => fine(pinned({ environment: { ...BOUND, OMP_NUM_THREADS: '1' } })));
  it('no variable', () => fine(pinned({ environment: {} })));
  it('a variable that disables binding', () => fine(pinned({ environment: { OMP_PROC_BIND: 'false' } })));
  it('no OpenMP runtime', () => fine(pinned({ modules: [] })));
  it('an unreadable environment', () => fine(pinned({ environment: null })));
  it('an affinity of all CPUs', () => fine(pinned({ threads: [{}] }), ...inheriting(2)));
  it('ranks that their launcher pinned to a CPU each', () => {
    fine(
      madeProcess(),
      ...madeWorkers(4, i => ({
        environment: BOUND,
        modules: GOMP,
        threads: [
          { cpus: `${i}`, run: 1 },
          { cpus: `${i}`, owner: 'unknown', run: 0.2 },
        ],
      })),
    );
  });
  it('workers that the governor pinned', () => {
    const environment = governed(1, BOUND);
    fine(
      madeProcess({ environment, modules: GOMP, threads: [{}] }),
      ...madeWorkers(4, i => ({ environment, modules: GOMP, threads: [{ cpus: `${i}`, run: 1 }] })),
    );
  });
  it('a process that has ended', () => fine(pinned({ threads: [] })));
});
