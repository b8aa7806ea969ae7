import type { Environment } from '../environment.js';
import type { Budget } from './budget.js';
import type { Runtime } from './runtimes.js';
import { threadCount } from './thread-variables.js';

/** What decides how many threads a process has. */
interface Sizes {
  /** workers that the budget has places for, and those that the reserve has room for */
  workers: { least: number; most: number };
  /** threads of a library's or a runtime's pool */
  pool: number;
  /** threads of libuv's pool, and V8's helpers */
  libuv: number;
  v8: number;
}

/** Node's defaults. */
export const UNGOVERNED_NODE = { libuv: 4, v8: 4 };

/**
 * The least and the most threads of a whole program: one process that computes, or a pool with a parent. Counted on
 * Debian 12 (Python 3.11, Node 20 to 26, OpenJDK 17, Go 1.19) with pools for 1, 2, 12 and 64 CPUs.
 */
const THREADS: Record<Runtime, { least(sizes: Sizes): number; most(sizes: Sizes): number }> = {
  Python: {
    least: ({ workers, pool }) => workers.least * pool,
    // The parent, too, loads the library; multiprocessing adds three threads and a tracker.
    most: ({ workers, pool }) => (workers.most + 1) * pool + 8,
  },
  Node: {
    // One process whose worker threads are the pool: main thread, V8's helpers, its scheduler, the signal watcher.
    least: ({ workers, v8 }) => workers.least + v8 + 2,
    most: ({ workers, pool, libuv, v8 }) => (workers.most + 1) * (pool + libuv + v8 + 5),
  },
  JVM: {
    // Collector, compilers, reference handlers and so on: 14 with one CPU; from two CPUs on they grow with the CPUs.
    least: ({ pool }) => pool + 12,
    most: ({ workers, pool }) => (workers.most + 1) * (2 * pool + 18),
  },
  Go: {
    least: () => 3,
    most: ({ workers, pool }) => (workers.most + 1) * (pool + 6),
  },
  native: {
    least: ({ workers, pool }) => workers.least * pool,
    most: ({ workers, pool }) => (workers.most + 1) * pool + 9,
  },
  unknown: {
    least: ({ workers, pool }) => workers.least * pool,
    most: ({ workers, pool }) => (workers.most + 1) * (pool + 10),
  },
};

/** The sizes of Node's pools in an environment. */
export function nodePools(environment: Environment): Pick<Sizes, 'libuv' | 'v8'> {
  const v8 = /--v8[-_]pool[-_]size=(\d{1,4})\b/.exec(environment['NODE_OPTIONS'] ?? '')?.[1];
  return {
    libuv: threadCount(environment['UV_THREADPOOL_SIZE']) ?? UNGOVERNED_NODE.libuv,
    v8: threadCount(v8) ?? UNGOVERNED_NODE.v8,
  };
}

/**
 * The budget with the threads to expect of a program of that runtime, governed and not. Both count parents and helpers;
 * the governed range also has room for workers that use the reserve.
 * @param governed sizes of Node's pools under the governor
 */
export function expectRuntime(budget: Budget, runtime: Runtime, governed: Pick<Sizes, 'libuv' | 'v8'>): Budget {
  const { least, most } = THREADS[runtime];
  const { workers, expected, ungoverned, reserve } = budget;
  const sizes = {
    workers: { least: workers, most: workers + reserve.cpus },
    pool: expected.threadsPerWorker,
    ...governed,
  };
  const high = most(sizes);
  const usual = { least: workers, most: workers };
  const without = most({ workers: usual, pool: ungoverned.threadsPerWorker, ...UNGOVERNED_NODE });
  return {
    ...budget,
    expected: { ...expected, low: Math.min(high, least(sizes)), high },
    ungoverned: { ...ungoverned, threads: Math.max(high, without) },
  };
}
