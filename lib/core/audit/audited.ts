import type { Cpuset } from '../cpuset.js';
import type { Environment } from '../environment.js';

/** The library or runtime that created a thread. */
export interface ThreadOwner {
  /** `OpenBLAS`, `libgomp`, `libuv pool`, `main`, or `unknown` */
  library: string;
  /** path of the file that contains its first function, as the process sees it; null = in no file */
  module: string | null;
  /** name of that function; null if the file has no symbol for it */
  routine: string | null;
  /**
   * `exact`: the thread's descriptor says so; `probable`: the evidence fits no other library that we know;
   * `unknown`: `why` gives the reason
   */
  confidence: 'exact' | 'probable' | 'unknown';
  why: string | null;
  /** library whose functions it runs, read from its stack: libgomp's threads may work for torch */
  workingFor: string | null;
}

export interface AuditedThread {
  tid: number;
  /** the thread's name; most libraries leave it as the program's */
  name: string;
  /** proc_pid_stat(5): R running or waiting for a CPU, S, D, T, Z … */
  state: string;
  affinity: Cpuset;
  /** the CPU it last ran on */
  lastCpu: number;
  owner: ThreadOwner;
  /** share of the window that it spent on a CPU, 0 to 1 */
  run: number;
  /** share of the window that it was ready and waited for a CPU, 0 to 1 */
  wait: number;
  /** average time on a CPU at a stretch, milliseconds; null if it did not run */
  sliceMs: number | null;
  /** context switches per second: to wait for something, and by preemption; null if not read (idle threads are not) */
  voluntary: number | null;
  involuntary: number | null;
}

/** A file that the process has mapped as a program or library. */
export interface LoadedModule {
  path: string;
  /** its name in our table of libraries; null = it creates no threads */
  library: string | null;
  /** pool size in the library's exported variable; null = it exports none */
  configured: number | null;
}

export interface AuditedProcess {
  pid: number;
  ppid: number;
  /** clock ticks since boot; (pid, startTime) is the identity */
  startTime: number;
  command: string;
  commandLine: readonly string[];
  role: 'root' | 'worker' | 'other';
  /** CPUs that it used, and that it waited for, on average: sums over its threads, including ended ones */
  run: number;
  wait: number;
  /** variables that affect threads, as the process was started with them; null if we may not read them */
  environment: Environment | null;
  modules: readonly LoadedModule[];
  /** why its memory could not be read, such as `EPERM`; null if it could */
  denied: string | null;
  threads: AuditedThread[];
}

/**
 * The threads that one copy of a library created in processes of one kind (the workers of one parent, or one process):
 * N processes × M threads.
 */
export interface AuditedPool {
  library: string;
  module: string | null;
  role: AuditedProcess['role'];
  /** pid of the parent of those processes */
  parent: number;
  pids: number[];
  processes: number;
  /** threads that the library started in one process, the maximum if they differ; 0 = configured, not started yet */
  started: number;
  /** computing threads in one process, including the calling thread if it works too; the maximum if they differ */
  threadsPerProcess: number;
  /** computing threads in all those processes */
  threads: number;
  /** pool size in the library's exported variable; null = it exports none */
  configured: number | null;
  /** true: the threads compute; false: they serve the runtime (V8, a garbage collector, a signal handler) */
  computes: boolean;
  run: number;
  wait: number;
}

export type FindingId =
  | 'main-thread-pinned'
  | 'workers-on-one-cpu'
  | 'launches-share-cpus'
  | 'libuv-pool-on-one-cpu'
  | 'variable-not-read'
  | 'variables-contradict'
  | 'library-without-variable'
  | 'pids-limit-near'
  | 'affinity-outside-cpuset'
  | 'pool-spins'
  | 'worker-across-numa-nodes'
  | 'library-twice'
  | 'two-openmp-runtimes';

/** Something about a program that costs it time, and the evidence. */
export interface AuditFinding {
  id: FindingId;
  /** one sentence */
  text: string;
  /** names, numbers and pids that show it */
  evidence: string;
  /** a line to paste, or, if there is none, what to change */
  fix: string;
  pids: number[];
}
