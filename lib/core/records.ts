import type { Cpuset } from './cpuset.js';

/** What the addon reports, as it is in the files; the headers of `native/core/platform` explain each field. */

/** An index into `TopologyRecord.sets`; -1 = not reported. */
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
  /** as in the file, where -1 means unknown */
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

/** A process of a followed tree. */
export interface FollowedRecord extends Pick<ProcessRecord, 'pid' | 'ppid' | 'comm' | 'startTime'> {
  /** differs from one exec to the next */
  image: number;
  /** it has worked in the last second */
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

/** Threads, a column for each figure: element i of every array is about the same thread. */
export interface ThreadSamplesRecord {
  sets: Cpuset[];
  names: string[];
  /** proc_pid_stat(5), one letter each */
  states: string;
  pid: Int32Array;
  tid: Int32Array;
  /** clock ticks since boot; (tid, startTime) is the identity */
  startTime: Float64Array;
  /** nanoseconds of the monotonic clock, when the figures were read */
  readAt: Float64Array;
  lastCpu: Int32Array;
  /** index into `names` */
  name: Int32Array;
  /** index into `sets`; -1 = the thread has ended */
  affinity: Int32Array;
  /** nanoseconds on a CPU; NaN = not reported */
  run: Float64Array;
  /** nanoseconds ready, but waiting for a CPU; NaN = not reported */
  wait: Float64Array;
  /** times it got a CPU; NaN = not reported */
  slices: Float64Array;
}

/** How often threads left a CPU by themselves (to wait for something), and how often they were made to. */
export interface SwitchesRecord {
  tid: Int32Array;
  readAt: Float64Array;
  voluntary: Float64Array;
  involuntary: Float64Array;
}

/** Of a control group, since it was made. */
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

/** A function that threads start in, or a table of functions of the object they were started with. */
export interface RoutineRecord {
  /** index into `modules`; -1 = in no file */
  module: number;
  address: number;
  /** the symbol that covers the address; empty = none does, and `before` and `after` are the nearest around it */
  symbol: string;
  before: string;
  after: string;
}

export interface OwnersRecord {
  pid: number;
  /** errno if we may not look into the process; else 0 */
  denied: number;
  modules: ModuleRecord[];
  routines: RoutineRecord[];
  /** values of exported variables that were asked for */
  variables: { module: number; symbol: string; value: number }[];
  tid: Int32Array;
  /** index into THREAD_KINDS */
  kind: Int32Array;
  /** index into `routines`, -1 = unknown: where it started */
  start: Int32Array;
  /** likewise: what the first word of its argument points to, if that lies in a module */
  argument: Int32Array;
  /** index into `modules`, -1 = unknown: whose functions it runs */
  workingFor: Int32Array;
}

/** `ThreadKind` of native/core/platform/owners.h, in its order. */
export const THREAD_KINDS = ['main', 'pthread', 'go', 'clone', 'starting', 'denied', 'gone', 'unclear'] as const;

/** How a program starts. */
export interface StartRecord {
  /** its path */
  program: string;
  /** the first is its name */
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
  /** open descriptors to pass on, besides the standard streams */
  descriptors: readonly number[];
}

/** The process that starts the ranks of a launch, by its keeper's pid, and the socket to it. */
export interface WardenRecord {
  pid: number;
  control: number;
}
