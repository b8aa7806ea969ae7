/** What the addon reads of processes and threads; the headers of native/core say what each field means. */

import type { Cpuset } from '../cpuset.js';

export interface ProcessRecord {
  pid: number;
  ppid: number;
  /** pid of the leader of its process group */
  group: number;
  /** pid of the leader of its session */
  session: number;
  /** proc_pid_stat(5): R running or waiting for a CPU, S, D, T, t, Z, X, I */
  state: string;
  kernel: boolean;
  comm: string;
  threads: number;
  /** clock ticks, user + system */
  cpuTime: number;
  /** clock ticks since boot */
  startTime: number;
}

/** A pid is reused; (pid, start time) is not. */
export type ProcessIdentity = Pick<ProcessRecord, 'pid' | 'startTime'>;

/** A process of a tree that the addon follows. */
export interface FollowedRecord extends Pick<ProcessRecord, 'pid' | 'ppid' | 'comm' | 'startTime'> {
  /** changes with each exec */
  image: number;
  /** it used CPU time in the last second */
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

/** Threads, one column per figure: element i of every array is about the same thread. */
export interface ThreadSamplesRecord {
  sets: Cpuset[];
  names: string[];
  /** proc_pid_stat(5), one letter each */
  states: string;
  pid: Int32Array;
  tid: Int32Array;
  /** clock ticks since boot; (tid, startTime) identifies a thread */
  startTime: Float64Array;
  /** nanoseconds of the monotonic clock: when the figures were read */
  readAt: Float64Array;
  lastCpu: Int32Array;
  /** index into `names` */
  name: Int32Array;
  /** index into `sets`; -1: the thread ended meanwhile */
  affinity: Int32Array;
  /** nanoseconds on a CPU; NaN: unknown */
  run: Float64Array;
  /** nanoseconds ready to run, but waiting for a CPU; NaN: unknown */
  wait: Float64Array;
  /** how many times it was given a CPU; NaN: unknown */
  slices: Float64Array;
}

/** How often threads left a CPU on their own, to wait for something, and how often the kernel made them leave. */
export interface SwitchesRecord {
  tid: Int32Array;
  readAt: Float64Array;
  voluntary: Float64Array;
  involuntary: Float64Array;
}

/** A process of ours that reads what may never answer, such as the memory of another process. */
export interface ReaderRecord {
  pid: number;
  /** the reading end of the pipe to which it writes lines of JSON */
  output: number;
}

/** What a reading of other processes may use up. */
export interface ReadLimits {
  /** CPU time, milliseconds */
  cpuMs: number;
  /** bytes of files and of the processes' memory that are read */
  bytes: number;
  /** bytes of memory for the reader */
  memory: number;
}

/** Processes, and threads of each. */
export type ThreadsOfProcesses = readonly (readonly [pid: number, tids: readonly number[]])[];

/** Where the words of a process's command line are pointed to. */
export interface StackPlace {
  /** 0: no StackRecord is asked for */
  pid: number;
  /** of its stack; 0: unknown */
  address: number;
  /** pointers to read at most */
  most: number;
}

/** Sizes of pools to change in a process: `from` is what each must be now. */
export type PoolChanges = readonly [
  pid: number,
  startTime: number,
  tids: readonly number[],
  changes: readonly (readonly [address: number, from: number, to: number])[],
];

/**
 * What a reader is asked. It answers with a StackRecord, a PathRecord for each path, and for each process its pid,
 * before it is read, and then a ChangedPoolsRecord, a PoolsRecord or an OwnersRecord.
 */
export interface ReadRequest {
  stack: StackPlace;
  paths: readonly string[];
  /** whether scripts are read through links, which a user may make to any file */
  followLinks: boolean;
  threads: ThreadsOfProcesses;
  /** names of exported 32-bit variables to read */
  variables: readonly string[];
  /** whose pools are read */
  pools: ThreadsOfProcesses;
  /** made before anything is read */
  changes: readonly PoolChanges[];
  limits: ReadLimits;
}

/** What lies at the start of a process's stack, and which root directory it has. */
export interface StackRecord {
  /** whether its root directory is another one than ours; null: unknown */
  contained: boolean | null;
  /** pointers to the words of its command line; null: unknown */
  words: readonly number[] | null;
}

/** What is at a path. */
export interface PathRecord {
  exists: boolean;
  /** whether it is a file that may be executed */
  program: boolean;
  /** the same for paths that lead to the same file; empty if they lead to no file */
  file: string;
  /** the first bytes of a script, as Latin-1; empty for anything else */
  head: string;
}
