import type { Cpuset } from '../cpuset.js';
import type { Environment } from '../environment.js';

/** Who made a thread. */
export interface ThreadOwner {
  /** `OpenBLAS`, `libgomp`, `libuv pool`, `main`; `unknown` where nothing tells */
  library: string;
  /** path of the file that its first function lies in, as the process sees it; null = in no file */
  module: string | null;
  /** name of that function, as far as the file tells */
  routine: string | null;
  /** `exact`: the thread's descriptor says so; `probable`: what is seen fits nothing else that we know; `unknown`: `why` says why */
  confidence: 'exact' | 'probable' | 'unknown';
  why: string | null;
  /** library whose functions it was called to run, as far as its stack tells: libgomp's threads work for torch */
  workingFor: string | null;
}

export interface AuditedThread {
  tid: number;
  /** its name, which most libraries leave as the program's */
  name: string;
  /** proc_pid_stat(5): R running or waiting for a CPU, S, D, T, Z … */
  state: string;
  affinity: Cpuset;
  /** the CPU that it ran on last */
  lastCpu: number;
  owner: ThreadOwner;
  /** share of the window that it was on a CPU, 0 to 1 */
  run: number;
  /** share of the window that it was ready and waited for a CPU, 0 to 1 */
  wait: number;
  /** how long it ran at a time on average, milliseconds; null where it did not run */
  sliceMs: number | null;
  /** switches a second: by itself, to wait for something; and made to; null where not read, as of threads that did not run */
  voluntary: number | null;
  involuntary: number | null;
}

/** A file that the process has mapped as a program or library. */
export interface LoadedModule {
  path: string;
  /** of our table; null = none that makes threads */
  library: string | null;
  /** size of the library's pool that its own variable tells; null = it tells none */
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
  /** CPUs that run it, and that it waited for, on average over the window: sums of its threads, ended ones too */
  run: number;
  wait: number;
  /** variables that shape threads, as the process was started with them; null where they may not be read */
  environment: Environment | null;
  modules: readonly LoadedModule[];
  /** why its memory could not be read, `EPERM`; null where it could */
  denied: string | null;
  threads: AuditedThread[];
}

/**
 * Threads that one copy of a library has made, in processes of one kind (the workers of one parent, or one process):
 * N processes × M threads.
 */
export interface AuditedPool {
  library: string;
  module: string | null;
  role: AuditedProcess['role'];
  /** parent of those processes */
  parent: number;
  pids: number[];
  processes: number;
  /** threads that the library has made in one process; the most where they differ; 0 = configured, none started yet */
  started: number;
  /** that compute in one process, the calling one too where the library has it work along; the most where they differ */
  threadsPerProcess: number;
  /** of all those processes */
  threads: number;
  /** as the library's own variable says; null = it tells none */
  configured: number | null;
  /** whether these threads compute, or keep a program going (V8, a garbage collector, a signal handler) */
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

/** Something about a program that costs it time, with what shows it. */
export interface AuditFinding {
  id: FindingId;
  /** one sentence for people */
  text: string;
  /** what was seen: names, numbers, pids */
  evidence: string;
  /** a line to paste, or where that is not possible what to change; */
  fix: string;
  pids: number[];
}
