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
