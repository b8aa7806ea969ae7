import type { AuditedPool } from './audited.js';
import { libraryLever } from './levers/library-levers.js';

/**
 * libuv's threads each wait for the main thread after a piece of work, so one more than the CPUs keeps all CPUs busy:
 * sharp on 2 CPUs got 0.79 of its throughput with 2 threads, 0.98 with 3 (docs/performance.md).
 * @returns threads that a pool of this library may have besides those for its CPUs
 */
export function waitingThreads(library: string | undefined): number {
  return library === 'libuv pool' ? 1 : 0;
}

/**
 * CPUs that such pools, and the libraries that their threads call, want besides those that there are, if a pool has no
 * more threads than it needs.
 */
export function wantedInReserve(pools: readonly AuditedPool[], cpus: number): number {
  const excess = (pool: AuditedPool) => {
    const called = pools.filter(({ library }) => libraryLever(library)?.calledBy === pool.library);
    const wanted = [pool, ...called].reduce((sum, { run, wait }) => sum + run + wait, 0);
    return Math.max(0, wanted - cpus);
  };
  return pools
    .filter(({ library, threads }) => waitingThreads(library) > 0 && threads > cpus && threads <= cpus + 1)
    .reduce((sum, pool) => sum + excess(pool), 0);
}
