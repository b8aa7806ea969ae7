/** What the addon reads of the pools of running processes; native/core/platform/pools.h says what each field means. */

/** The kinds of pools that the addon recognises, in the order of its enumeration. */
export const POOL_KINDS = ['openblas', 'libgomp', 'libgomp-thread', 'libomp', 'blis'] as const;

export interface LivePoolRecord {
  /** index into POOL_KINDS */
  kind: number;
  module: string;
  /** of its size, in the process */
  address: number;
  width: number;
  /** the thread whose teams have this size; 0: more than one, or unknown */
  tid: number;
  /** its size, the calling thread included */
  threads: number;
  /** above which it cannot grow; 0: it starts threads when it needs them */
  most: number;
}

export interface PoolsRecord {
  pid: number;
  /** errno if the process may not be inspected; EBUSY: its memory is its parent's; else 0 */
  denied: number;
  /** what the reading has used up, as OwnersRecord has it */
  truncated: string;
  pools: readonly LivePoolRecord[];
}

export interface ChangedPoolsRecord {
  pid: number;
  /** errno if nothing could be changed; ESRCH: it has ended; else 0 */
  denied: number;
  /** for each change errno, or 0; ESTALE: the pool is gone, or has got another size */
  failed: readonly number[];
}
