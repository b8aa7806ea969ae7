import type { Cpuset } from './cpuset.js';

/** What the addon tells, as it stands in the files; `native/core/platform.h` says the meaning of each field. */

/** An index into `TopologyRecord.sets`; -1 = not told. */
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
  /** as it stands there: -1 = not told */
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

export interface ThreadRecord {
  tid: number;
  state: string;
  comm: string;
  cpuTime: number;
  startTime: number;
  affinity: Cpuset | null;
}
