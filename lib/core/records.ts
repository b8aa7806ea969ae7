import type { Cpuset } from './cpuset.js';

/** Records that the addon returns, as read from the kernel. The headers in `native/core` document each field. */

/** An index into `TopologyRecord.sets`; -1 = unknown. */
export type SetIndex = number;

export interface CacheRecord {
  level: number;
  type: string;
  cpus: SetIndex;
}

export interface CpuRecord {
  cpu: number;
  online: boolean | null;
  coreCpus: SetIndex;
  packageCpus: SetIndex;
  capacity: number | null;
  maxFrequency: number | null;
  baseFrequency: number | null;
  midr: number | null;
  caches: CacheRecord[];
}

export interface TopologyRecord {
  sets: Cpuset[];
  online: SetIndex;
  present: SetIndex;
  cpus: CpuRecord[];
  nodes: { node: number; cpus: SetIndex }[];
  types: { name: string; cpus: SetIndex }[];
}

export interface InterruptRecord {
  cpu: number;
  count: number;
}

export interface CgroupRecord {
  version: number;
  controller: string;
  path: string;
  quota: { quota: number; period: number } | null;
  weight: number | null;
  cpus: Cpuset | null;
  memoryLimit: number | null;
  memoryUsed: number | null;
  pidsLimit: number | null;
  pidsUsed: number | null;
}

export interface LimitsRecord {
  affinity: Cpuset | null;
  processLimit: number | null;
  cgroups: CgroupRecord[];
}

export interface MemoryRecord {
  total: number | null;
  available: number | null;
}

export interface PciRecord {
  address: string;
  deviceClass: number;
  vendor: number;
  device: number | null;
  /** as in the file: -1 = unknown */
  numaNode: number | null;
  localCpus: Cpuset | null;
}

export interface MemoryPolicyRecord {
  /** the kernel's MPOL_ number with its flags */
  mode: number;
  nodes: number[];
}

export interface ProcessRecord {
  pid: number;
  ppid: number;
  /** proc_pid_stat(5): R running or waiting for a CPU, S, D, T, t, Z, X, I */
  state: string;
  kernel: boolean;
  comm: string;
  threads: number;
  /** clock ticks, user + system */
  cpuTime: number;
  /** clock ticks since boot; (pid, startTime) is the identity of a process */
  startTime: number;
}

/** A process of a tree that the addon follows. */
export interface FollowedRecord extends Pick<ProcessRecord, 'pid' | 'ppid' | 'comm' | 'startTime'> {
  /** differs from one exec to the next */
  image: number;
  /** whether it worked in the last second */
  active: boolean;
}

export interface ThreadRecord {
  tid: number;
  state: string;
  comm: string;
  cpuTime: number;
  startTime: number;
  affinity: Cpuset | null;
}

/** Samples of threads in columns: element i of every array belongs to the same thread. */
export interface ThreadSamplesRecord {
  sets: Cpuset[];
  names: string[];
  /** proc_pid_stat(5), one letter each */
  states: string;
  pid: Int32Array;
  tid: Int32Array;
  /** clock ticks since boot; (tid, startTime) is the identity */
  startTime: Float64Array;
  /** when the figures were read, nanoseconds of the monotonic clock */
  readAt: Float64Array;
  lastCpu: Int32Array;
  /** index into `names` */
  name: Int32Array;
  /** index into `sets`; -1 = the thread ended meanwhile */
  affinity: Int32Array;
  /** nanoseconds on a CPU; NaN = unknown */
  run: Float64Array;
  /** nanoseconds ready, but waiting for a CPU; NaN = unknown */
  wait: Float64Array;
  /** times it was put on a CPU; NaN = unknown */
  slices: Float64Array;
}

/** Context switches of threads: voluntary (to wait for something) and involuntary (preempted). */
export interface SwitchesRecord {
  tid: Int32Array;
  readAt: Float64Array;
  voluntary: Float64Array;
  involuntary: Float64Array;
}

/** Throttling of a control group since it was created. */
export interface ThrottlingRecord {
  periods: number;
  throttledPeriods: number;
  /** nanoseconds, summed over CPUs */
  throttledTime: number;
}

/** A file that a process has mapped as a program or library. */
export interface ModuleRecord {
  path: string;
  deleted: boolean;
}

/** The function that a thread starts in, or the function table of the object that it was started with. */
export interface RoutineRecord {
  /** index into `modules`; -1 = in no file */
  module: number;
  address: number;
  /** the symbol that contains the address; empty = none does, `before` and `after` are the nearest ones around it */
  symbol: string;
  before: string;
  after: string;
}

export interface OwnersRecord {
  pid: number;
  /** errno if we may not read the process's memory; otherwise 0 */
  denied: number;
  modules: ModuleRecord[];
  routines: RoutineRecord[];
  /** values of the requested exported variables */
  variables: { module: number; symbol: string; value: number }[];
  tid: Int32Array;
  /** index into THREAD_KINDS */
  kind: Int32Array;
  /** index into `routines`: where the thread started; -1 = unknown */
  start: Int32Array;
  /** index into `routines`: what the first word of its argument points to, if that is in a module; -1 = unknown */
  argument: Int32Array;
  /** index into `modules`: whose functions it runs; -1 = unknown */
  workingFor: Int32Array;
}

/** The addon's `ThreadKind`, in the same order. */
export const THREAD_KINDS = ['main', 'pthread', 'go', 'clone', 'starting', 'denied', 'gone', 'unclear'] as const;

/** How a program starts. */
export interface StartRecord {
  /** path of the executable */
  program: string;
  /** the first is the program's name */
  arguments: readonly string[];
  /** `NAME=VALUE` */
  environment: readonly string[];
  /** empty: ours */
  directory: string;
  /** empty: ours */
  cpus: Cpuset;
  /** ignored if the kernel refuses it; null: ours */
  memory: MemoryPolicyRecord | null;
  /** soft limit on open files; -1: the hard limit */
  openFiles: number;
  ignoredSignals: readonly number[];
  /** open descriptors that it inherits besides the standard streams */
  descriptors: readonly number[];
}

/** The process that starts the ranks of a launch, and the socket that controls it. */
export interface WardenRecord {
  pid: number;
  control: number;
}
