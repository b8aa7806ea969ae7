import type { ProcessIdentity } from '../processes/records.js';
import { libraryOfPool } from './resizable.js';
import type { LivePoolRecord } from './records.js';
import type { SavedPool } from './saved-pools.js';

/** The most threads that a pool can be given; the addon writes no larger number. */
export const MOST_POOL_THREADS = 4096;

/** What is wanted of a pool. */
export interface PoolWish {
  pool: LivePoolRecord;
  /** the size that it should get; null: it is to stay as it is */
  wanted: number | null;
  /** the size that it can get */
  threads: number;
}

/**
 * The size that a pool should get; null: as it is.
 * @param now its size
 */
export type SizeOf<Process> = (process: Process, library: string, now: number) => number | null;

/** What is wanted of the pools of a process. */
export interface ProcessWish extends ProcessIdentity {
  wishes: readonly PoolWish[];
}

/** What each pool of a process should get. */
export function wishesFor<Process>(
  process: Process,
  pools: readonly LivePoolRecord[],
  sizeOf: SizeOf<Process>,
): PoolWish[] {
  return pools.map(pool => wishOf(pool, sizeOf(process, libraryOfPool(pool), pool.threads)));
}

/** Gives pools the sizes back that they had; a pool that is no longer there, or was not resized, stays as it is. */
export function wishesForUndo(pools: readonly LivePoolRecord[], saved: readonly SavedPool[]): PoolWish[] {
  return pools.map(pool => {
    const before = saved.find(({ address, module }) => address === pool.address && module === pool.module);
    return wishOf(pool, before?.threads ?? null);
  });
}

function wishOf(pool: LivePoolRecord, wanted: number | null): PoolWish {
  return { pool, wanted, threads: wanted === null ? pool.threads : atMost(pool, wanted) };
}

export function isChange({ pool, threads }: PoolWish): boolean {
  return pool.threads !== threads;
}

function atMost({ most }: LivePoolRecord, threads: number): number {
  return most > 0 ? Math.min(most, threads) : threads;
}
