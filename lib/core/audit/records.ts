/** What the addon reads about the owners of threads; the headers of native/core say what each field means. */

/** A file that a process has mapped as its program or a library. */
export interface ModuleRecord {
  path: string;
  deleted: boolean;
}

/** A function that threads start in, or a table of functions of the object they were started with. */
export interface RoutineRecord {
  /** index into `modules`; -1: in no file */
  module: number;
  address: number;
  /** the symbol that covers the address; empty if none does: `before` and `after` are then the nearest ones */
  symbol: string;
  before: string;
  after: string;
}

export interface OwnersRecord {
  pid: number;
  /** errno if the process may not be inspected; else 0 */
  denied: number;
  /** what the reading has used up, so that the rest is unknown: `time`, `bytes` or `files`; else empty */
  truncated: string;
  modules: ModuleRecord[];
  routines: RoutineRecord[];
  /** values of the exported variables that were asked for */
  variables: { module: number; symbol: string; value: number }[];
  tid: number[];
  /** index into THREAD_KINDS */
  kind: number[];
  /** the function each thread started in: index into `routines`; -1: unknown */
  start: number[];
  /** what the first word of that function's argument points to, if it lies in a module: index into `routines`, or -1 */
  argument: number[];
  /** the module whose functions the thread was called to run: index into `modules`; -1: unknown */
  workingFor: number[];
}

/** The names of the C++ enum `ThreadKind`, in its order. */
export const THREAD_KINDS = ['main', 'pthread', 'go', 'clone', 'starting', 'denied', 'gone', 'unclear'] as const;
