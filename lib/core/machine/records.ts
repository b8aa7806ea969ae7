/** What the addon reads of the machine, as the files have it; the headers of native/core say what each field means. */

import type { Cpuset } from '../cpuset.js';

/** An index into `TopologyRecord.sets`; -1: unknown. */
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
  isolated: SetIndex;
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

/** What a quota has refused the processes of a control group since the group was created. */
export interface ThrottlingRecord {
  periods: number;
  throttledPeriods: number;
  /** nanoseconds, summed over CPUs */
  throttledTime: number;
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
  /** as the kernel reports it: -1 means unknown */
  numaNode: number | null;
  localCpus: Cpuset | null;
}

export interface MemoryPolicyRecord {
  /** the kernel's MPOL_ number with its flags */
  mode: number;
  nodes: number[];
}
