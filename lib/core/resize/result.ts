/** A pool of a running process, and what was done with it. */
export interface ResizedPool {
  /** the library, as the audit names it */
  library: string;
  /** path of its file, as the process sees it */
  module: string;
  /** the thread whose teams have this size; null: all threads that have set none, or unknown */
  thread: number | null;
  /** threads that it could use before, the calling one included */
  before: number;
  /** threads that it can use now, as read again from the process; with `dryRun` what it would get */
  after: number;
  /** threads that it was to get, at least 1; null: it was to stay as it is */
  wanted: number | null;
  /** above which it cannot grow, because it does not start threads later; null: it does */
  most: number | null;
}

/** Threads that compute, and belong to no pool that can be resized while it runs. */
export interface FixedPool {
  /** the library, as the audit names it */
  library: string;
  /** how many threads of it there are */
  threads: number;
  /** why it cannot be resized */
  why: string;
}

/** A process of a tree, and its pools. */
export interface ResizedProcess {
  /** its pid */
  pid: number;
  /** clock ticks since boot; (pid, startTime) identifies a process */
  startTime: number;
  /** name of its program, at most 15 characters */
  command: string;
  /** the program and its arguments; empty if we may not read them */
  commandLine: readonly string[];
  /** pools that can be resized */
  pools: readonly ResizedPool[];
  /** those that cannot */
  fixed: readonly FixedPool[];
  /** why the process, or a part of it, could not be looked at or changed; null: it could */
  problem: string | null;
}

/** What was done with the pools of a tree, or with `dryRun` would be. */
export interface ResizeResult {
  /** the root of the tree */
  pid: number;
  /** name of the root's program, at most 15 characters */
  command: string;
  /** true: nothing was changed */
  dryRun: boolean;
  /** true: the sizes from before the first resize were wanted */
  undo: boolean;
  /** processes of the tree, the root first */
  processes: readonly ResizedProcess[];
}

/** Whether every pool has got what it was to get. */
export function isComplete({ processes }: Pick<ResizeResult, 'processes'>): boolean {
  return processes.every(
    ({ pools, problem }) => problem === null && pools.every(({ wanted, after }) => wanted === null || wanted === after),
  );
}
