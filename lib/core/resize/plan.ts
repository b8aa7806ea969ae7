import type { ProcessIdentity } from '../processes/records.js';
import { libraryOfPool } from './resizable.js';
import type { LivePoolRecord } from './records.js';
import type { SavedPool } from './saved-pools.js';

/** The size that a pool should get. */
export interface PoolWish {
  pool: LivePoolRecord;
  /** at most what it can have */
  threads: number;
}

/** What is wanted of the pools of a process. */
export interface ProcessWish extends ProcessIdentity {
  wishes: readonly PoolWish[];
}

/**
 * What each pool of a process should get.
 * @param threads the wanted size; null: as it is
 * @param library only pools of this library; null: all
 */
export function wishesFor(
  pools: readonly LivePoolRecord[],
  threads: number | null,
  library: string | null,
): PoolWish[] {
  return pools.map(pool => {
    const left = threads === null || (library !== null && libraryOfPool(pool) !== library);
    return { pool, threads: left ? pool.threads : atMost(pool, threads) };
  });
}

/** Gives pools the sizes back that they had; a pool that is no longer there, or was not resized, stays as it is. */
export function wishesForUndo(pools: readonly LivePoolRecord[], saved: readonly SavedPool[]): PoolWish[] {
  return pools.map(pool => {
    const before = saved.find(({ address, module }) => address === pool.address && module === pool.module);
    return { pool, threads: before ? atMost(pool, before.threads) : pool.threads };
  });
}

export function isChange({ pool, threads }: PoolWish): boolean {
  return pool.threads !== threads;
}

function atMost({ most }: LivePoolRecord, threads: number): number {
  return most > 0 ? Math.min(most, threads) : threads;
}
