import assert from 'node:assert/strict';
import { computeBudget } from '../../../lib/core/budget/budget.js';
import { expectRuntime, nodePools } from '../../../lib/core/budget/runtime-threads.js';
import type { Runtime } from '../../../lib/core/budget/runtimes.js';
import { madeHost } from '../../helpers/machine/hosts.js';

const NODE = { libuv: 2, v8: 1 };
const expected = (cpus: number, runtime: Runtime, options = {}) =>
  expectRuntime(computeBudget(madeHost({ cores: cpus }), options), runtime, NODE);

/** Threads of real pools under the governor, counted in /proc. */
const COUNTED: [what: string, runtime: Runtime, threads: (workers: number) => number][] = [
  ['multiprocessing.Pool with numpy', 'Python', workers => workers + 1 + 3],
  ['joblib with numpy: a tracker and an executor', 'Python', workers => workers + 1 + 4],
  ['worker threads of one Node process', 'Node', workers => workers + 4 + 2],
  ["Node's cluster, every libuv pool in use", 'Node', workers => (workers + 1) * (4 + 2)],
  ['one JVM', 'JVM', () => 16],
  ['as many JVMs', 'JVM', workers => workers * 16],
  ['one Go program', 'Go', () => 4],
  ['as many Go programs', 'Go', workers => workers * 5],
];

describe('the threads to expect of a program whose runtime is known', () => {
  for (const cpus of [2, 12, 64]) {
    for (const [what, runtime, threads] of COUNTED) {
      it(`${what}, on ${cpus} CPUs: the number lies in the range, also if the workers use the reserve`, () => {
        const { workers, reserve, expected: range } = expected(cpus, runtime);
        for (const number of [threads(workers), threads(workers + reserve.cpus)])
          assert.ok(range.low <= number && number <= range.high, `${number} in ${range.low}-${range.high}`);
      });
    }
  }
  it('one process with a team: OpenBLAS has a thread for each CPU, a JVM collects with as many', () => {
    for (const [runtime, threads] of [
      ['Python', 64],
      ['native', 64],
      ['JVM', 111],
      ['Go', 17],
    ] as const) {
      const { low, high } = expected(64, runtime, { workers: 1, reserve: 0 }).expected;
      assert.ok(low <= threads && threads <= high, `${runtime}: ${threads} in ${low}-${high}`);
    }
  });
  it('a governed start is never larger than an ungoverned one', () => {
    for (const cpus of [1, 2, 12, 64])
      for (const runtime of ['Python', 'Node', 'JVM', 'Go', 'native', 'unknown'] as const)
        for (const options of [{}, { workers: 1 }, { workers: 4, threadsPerWorker: 100 }]) {
          const { expected: range, ungoverned } = expected(cpus, runtime, options);
          assert.ok(range.low <= range.high && range.high <= ungoverned.threads);
        }
  });
  it("Node's pools are those of the environment, else Node's defaults", () => {
    assert.deepEqual(nodePools({}), { libuv: 4, v8: 4 });
    assert.deepEqual(nodePools({ UV_THREADPOOL_SIZE: '8', NODE_OPTIONS: '--no-warnings --v8_pool_size=2' }), {
      libuv: 8,
      v8: 2,
    });
  });
});
