import type { Cpuset } from '../cpuset.js';
import type { Environment } from '../environment.js';

/** The library or runtime that created a thread. */
export interface ThreadOwner {
  /** `OpenBLAS`, `libgomp`, `libuv pool`, `main`, or `unknown` */
  library: string;
  /** path of the file that contains its first function, as the process sees it; null: in no file, or unknown */
  module: string | null;
  /** name of that function; null if the file has no symbol for it */
  routine: string | null;
  /**
   * `exact`: the thread's descriptor says so; `probable`: the evidence fits no other library that we know;
   * `unknown`: `why` gives the reason
   */
  confidence: 'exact' | 'probable' | 'unknown';
  /** the evidence, or why the owner is unknown; null if the descriptor is enough */
  why: string | null;
  /** library whose functions it runs, read from its stack: libgomp's threads may work for torch; null if unknown */
  workingFor: string | null;
}

/** A thread that was alive when the window ended. */
export interface AuditedThread {
  /** the OS's number of the thread */
  tid: number;
  /** the thread's name; most libraries leave it as the program's */
  name: string;
  /** proc_pid_stat(5): R running or waiting for a CPU, S, D, T, Z … */
  state: string;
  /** the CPUs that it may use */
  affinity: Cpuset;
  /** the CPU it last ran on */
  lastCpu: number;
  /** the library that created it */
  owner: ThreadOwner;
  /** share of the window that it spent on a CPU, 0 to 1 */
  run: number;
  /** share of the window that it was ready and waited for a CPU, 0 to 1 */
  wait: number;
  /** share of the window during which it existed, as far as samples tell, above 0 to 1 */
  present: number;
  /** average time on a CPU at a stretch, milliseconds; null if it did not run */
  sliceMs: number | null;
  /** times per second that it gave up its CPU to wait for something; null if not read, as of idle threads */
  voluntary: number | null;
  /** times per second that the kernel took the CPU from it; null if not read, as of idle threads */
  involuntary: number | null;
}

/** A file that the process has mapped as a program or library. */
export interface LoadedModule {
  /** as the process sees it */
  path: string;
  /** its name in our table of libraries; null: no library that we know */
  library: string | null;
  /** pool size in the library's exported variable; null: it exports none */
  configured: number | null;
}

/** A process of the tree, alive when the window ended. */
export interface AuditedProcess {
  /** its pid */
  pid: number;
  /** pid of its parent */
  ppid: number;
  /** clock ticks since boot; (pid, startTime) identifies a process */
  startTime: number;
  /** name of its program, at most 15 characters */
  command: string;
  /** the program and its arguments; empty if we may not read them */
  commandLine: readonly string[];
  /** the root of the tree, a worker of a pool, or any other process */
  role: 'root' | 'worker' | 'other';
  /** pid of the process whose pool a worker belongs to, its parent without wrappers such as `sh -c`; null: no worker */
  pool: number | null;
  /** CPUs that its threads used on average, including threads that have ended */
  run: number;
  /** CPUs that its threads waited for on average, including threads that have ended */
  wait: number;
  /** variables that affect threads, as the process was started with them; null if we may not read them */
  environment: Environment | null;
  /** programs and libraries that it has loaded */
  modules: readonly LoadedModule[];
  /** why its memory could not be read, such as `EPERM`, or `ETIMEDOUT` if it did not answer; null if it could */
  denied: string | null;
  /**
   * what an audit may use up and was used up before all of the process was read: `time`, `bytes` or `files`; null:
   * nothing
   */
  truncated: string | null;
  /** its threads */
  threads: AuditedThread[];
}

/**
 * The threads that one copy of a library created in processes of one kind (the workers of one parent, or one process):
 * N processes × M threads.
 */
export interface AuditedPool {
  /** as in `ThreadOwner` */
  library: string;
  /** path of the library's file; null: in no file, or unknown */
  module: string | null;
  /** the role of those processes */
  role: AuditedProcess['role'];
  /** pid of the process that started those processes, directly or by wrappers such as `sh -c` */
  parent: number;
  /** their pids */
  pids: number[];
  /** how many they are */
  processes: number;
  /** threads that the library started in one process, the maximum if they differ; 0: configured, but not started yet */
  started: number;
  /** computing threads in one process, including the calling thread if it works too; the maximum if they differ */
  threadsPerProcess: number;
  /** computing threads in all those processes */
  threads: number;
  /** pool size in the library's exported variable; null: it exports none */
  configured: number | null;
  /** true: the threads compute; false: they serve the runtime (V8, a garbage collector, a signal handler) */
  computes: boolean;
  /** CPUs that its threads used on average */
  run: number;
  /** CPUs that its threads waited for on average */
  wait: number;
}

/** What an audit can find. docs/audit.md describes the evidence of each. */
export type FindingId =
  /** a variable such as OMP_PROC_BIND has pinned the main thread, and all that it starts inherits that */
  | 'main-thread-pinned'
  /** workers are confined to fewer CPUs than there are workers, although others are free */
  | 'workers-on-one-cpu'
  /** threads share an isolated CPU, from which the kernel moves none of them to the others that they may use */
  | 'isolated-cpus'
  /** a library whose threads wait for each other has more of them at work than the process may use CPUs */
  | 'team-larger-than-cpus'
  /** such threads have enough CPUs, but another program uses one of them, and all wait for the thread on it */
  | 'team-waits-for-others'
  /** workers are confined to CPUs to which another program is confined too */
  | 'launches-share-cpus'
  /** Node's pool was first used by a pinned thread, and is confined to that thread's CPU */
  | 'libuv-pool-on-one-cpu'
  /** a variable is set that the library which created the threads does not read */
  | 'variable-not-read'
  /** two variables of one library differ, or one asks for more threads than the process has CPUs */
  | 'variables-contradict'
  /** a pool of a library that no variable limits is larger than its share of the CPUs */
  | 'library-without-variable'
  /** nine tenths of the threads that may exist do */
  | 'pids-limit-near'
  /** an affinity, or a variable that pins, names CPUs that are offline or not in the control group's cpuset */
  | 'affinity-outside-cpuset'
  /** a pool's threads use their CPUs while they have no work */
  | 'pool-spins'
  /** a worker's CPUs are of several NUMA nodes, and would fit into one */
  | 'worker-across-numa-nodes'
  /** two copies of a library are loaded, each with its own pool */
  | 'library-twice'
  /** two OpenMP runtimes are loaded in one process */
  | 'two-openmp-runtimes';

/** What a finding means for the program now. */
export type FindingSeverity =
  /** it costs time, or did during the window */
  | 'costs'
  /** it costs no time yet, but the program may soon fail */
  | 'threatens'
  /** it costs nothing now, because what it is about does not work */
  | 'remark';

/** Something about a program that costs it time, or may do so, and the evidence. */
export interface AuditFinding {
  /** what it is */
  id: FindingId;
  /** whether it costs time now */
  severity: FindingSeverity;
  /** one sentence */
  text: string;
  /** names, numbers and pids that show it */
  evidence: string;
  /** a line to paste, or, if there is none, what to change */
  fix: string;
  /** the processes that it concerns */
  pids: number[];
}
