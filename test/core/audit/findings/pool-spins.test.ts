import assert from 'node:assert/strict';
import { poolSpins } from '../../../../lib/core/audit/findings/pool-spins.js';
import { madeAudit, madeProcess, type MadeThread } from '../../../helpers/audit/audited.js';

const team = (library: string, share = 0.95, count = 3): MadeThread[] =>
  Array.from({ length: count }, () => ({ owner: library, run: share / 2, wait: share / 2 }));
const found = (threads: MadeThread[], environment: Record<string, string> = {}) =>
  poolSpins(madeAudit(madeProcess({ threads, environment })));
const ACTIVE = { OMP_WAIT_POLICY: 'active' };

describe('finding: a pool spins', () => {
  it('while its program sleeps', () => {
    const [finding] = found([{ run: 0.01 }, ...team('libgomp')], ACTIVE);
    assert.equal(
      finding!.text,
      "libgomp's threads in python3 (pid 100) spin: " +
        'they keep CPUs busy while every thread that could give them work sleeps.',
    );
    assert.equal(
      finding!.evidence,
      '3 threads on a CPU or waiting for one 95 % of the time; the busiest other thread 1 %; OMP_WAIT_POLICY=active',
    );
    assert.equal(finding!.fix, 'export OMP_WAIT_POLICY=passive');
  });
  it('without any work, if a variable lets it spin for long', () => {
    const settings: Record<string, string>[] = [
      ACTIVE,
      { KMP_BLOCKTIME: 'infinite' },
      { KMP_BLOCKTIME: '30000' },
      { GOMP_SPINCOUNT: '30000000000' },
      { GOMP_SPINCOUNT: '30G' },
      { KMP_LIBRARY: 'turnaround' },
    ];
    for (const environment of settings)
      assert.equal(found([{}, ...team('libomp')], environment).length, 1, JSON.stringify(environment));
  });
  it('between small pieces of work, by default', () =>
    assert.equal(found([{ run: 0.02 }, ...team('libomp')])[0]!.fix, 'export KMP_BLOCKTIME=0 OMP_WAIT_POLICY=passive'));
  it("OpenBLAS's pool", () =>
    assert.equal(found([{ run: 0.02 }, ...team('OpenBLAS')])[0]!.fix, 'export OPENBLAS_THREAD_TIMEOUT=4'));
});

describe('no finding: a pool works, or sleeps', () => {
  const fine = (...of: Parameters<typeof found>) => assert.deepEqual(found(...of), []);

  it('the main thread is busy', () => fine([{ run: 0.95 }, ...team('libgomp')], ACTIVE));
  it('another thread gives it work', () =>
    fine([{}, { owner: 'Python thread', run: 0.3 }, ...team('libgomp')], ACTIVE));
  it('the pool sleeps', () => fine([{ run: 0.01 }, ...team('libgomp', 0.3)], ACTIVE));
  it('it works for a sleeping caller, longer than a pool spins by default', () => fine([{}, ...team('libgomp')]));
  it('pools that work while their caller sleeps', () =>
    ['rayon', 'polars', 'TBB', 'onnxruntime', 'Python thread', 'unknown'].forEach(library =>
      fine([{ run: 0.01 }, ...team(library)], ACTIVE),
    ));
  it('a process without a pool', () => fine([{ run: 0.01 }]));
  it('variables that let it sleep soon', () => {
    const settings: Record<string, string>[] = [
      { KMP_BLOCKTIME: '0' },
      { KMP_BLOCKTIME: '200' },
      { KMP_BLOCKTIME: '5000us' },
      { GOMP_SPINCOUNT: '1000' },
      { OMP_WAIT_POLICY: 'passive' },
    ];
    for (const environment of settings) fine([{}, ...team('libomp')], environment);
  });
});
