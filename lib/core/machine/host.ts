import { intersect, type Cpuset } from '../cpuset.js';

/** One CPU. null: the system does not report it, or the CPU is offline. */
export interface Cpu {
  /** the OS's number of it */
  cpu: number;
  /** whether it is switched on */
  online: boolean;
  /** whether the process may use it: online, in its affinity, in its control group's cpuset, and in GOVERNOR_CPUS */
  allowed: boolean;
  /**
   * number of its core, from 0 without gaps, in the order of their lowest CPU; CPUs of one core share execution units
   */
  core: number | null;
  /** number of its package, from 0 without gaps, in the order of their lowest CPU */
  package: number | null;
  /** the OS's number of its NUMA node */
  numa: number | null;
  /**
   * performance class of its core, 0 for the most efficient; all are 0 if the machine has one kind. By Intel's core
   * types; without them by the scheduler's capacity and the frequencies; without those by ARM's model numbers.
   */
  kind: number | null;
}

/** A GPU of AMD, NVIDIA or Intel on the PCI bus, as sysfs lists it; integrated ones too. */
export interface Gpu {
  /** its PCI address: `0000:3b:00.0` */
  address: string;
  /** `AMD`, `NVIDIA` or `Intel` */
  vendor: string;
  /** its PCI device id: `0x2330`; null if unknown */
  device: string | null;
  /** the OS's number of the NUMA node that it is attached to; null if unknown */
  numa: number | null;
  /** online CPUs that are local to it; all online CPUs if unknown */
  cpus: Cpuset;
}

/** The cache levels in the order from the core outwards; L1d holds data. */
export type CacheName = 'L1d' | 'L2' | 'L3';

/**
 * A limit, and what sets it.
 * @typeParam Value a number, or a cpuset
 */
export interface FoundLimit<Value> {
  /** the limit; its field says in which unit */
  value: Value;
  /** the file or variable from which it was read */
  source: string;
}

/**
 * A machine as one process sees it, at one moment. Plain JSON: `governor topology --json` prints it,
 * `--host FILE` reads it back, and every decision is a function of it.
 */
export interface Host {
  /** version of this format */
  version: 1;
  /** `linux` */
  platform: string;
  /** all CPUs that are present, offline ones too, by their number */
  cpus: Cpu[];
  /** for each level, the sets of online CPUs that share a cache */
  caches: Record<CacheName, Cpuset[]>;
  /** the NUMA nodes */
  numaNodes: {
    /** the OS's number of it */
    node: number;
    /** its online CPUs, each in one node only; empty if the node has only memory */
    cpus: Cpuset;
  }[];
  /**
   * online CPUs between which the kernel moves no thread (isolcpus=): a thread stays on
   * the one where it is, whatever its affinity says
   */
  isolated: Cpuset;
  /** the GPUs, in the order of their addresses */
  gpus: Gpu[];
  /** what keeps the process from using the whole machine; null: no such limit is set */
  limits: {
    /** CPU time, in CPUs (1.5): the lowest quota of the control group and all its ancestors */
    quota: FoundLimit<number> | null;
    /** the control group's cpuset */
    cpuset: FoundLimit<Cpuset> | null;
    /** the process's affinity; null if the system does not report it */
    affinity: FoundLimit<Cpuset> | null;
    /** the allowed CPUs that GOVERNOR_CPUS names */
    chosen: FoundLimit<Cpuset> | null;
    /** in the plan of a run or launch, the CPUs that nobody else has claimed; null also if nobody has claimed any */
    free: FoundLimit<Cpuset> | null;
    /**
     * cpu.weight or cpu.shares: the least of the control group and its ancestors, if it is not the kernel's default
     * `usual` (100 or 1024); it decides nothing
     */
    weight: (FoundLimit<number> & { usual: number }) | null;
    /** bytes that the control group may use, and how many are `left`, null if unknown */
    memory: (FoundLimit<number> & { left: number | null }) | null;
    /** processes and threads that may exist, and how many more can start (`left`), null if unknown */
    pids: (FoundLimit<number> & { left: number | null }) | null;
  };
  /** device interrupts that each CPU has served since the machine started; null if the system does not report them */
  interrupts: { cpu: number; count: number }[] | null;
  /** memory of the whole machine, from /proc/meminfo */
  memory: {
    /** bytes; null if unknown */
    total: number | null;
    /** bytes that can be used without swapping; null if unknown */
    available: number | null;
  };
}

export function onlineCpus(host: Host): Cpuset {
  return host.cpus.filter(cpu => cpu.online).map(cpu => cpu.cpu);
}

export function allowedCpus(host: Host): Cpuset {
  return host.cpus.filter(cpu => cpu.allowed).map(cpu => cpu.cpu);
}

/** The CPUs of each core, cores in the order of their lowest CPU. A CPU without a known core counts as its own core. */
export function coresOf(cpus: readonly Cpu[]): Cpu[][] {
  const cores = new Map<string, Cpu[]>();
  for (const cpu of cpus) {
    const key = cpu.core === null ? `cpu ${cpu.cpu}` : `core ${cpu.core}`;
    cores.set(key, [...(cores.get(key) ?? []), cpu]);
  }
  return [...cores.values()];
}

/** How many CPUs' worth of work can run at once, as a fraction: the allowed CPUs, or the quota if that is less. */
export function effectiveCpus(allowed: number, quota: number | null): number {
  return quota === null ? allowed : Math.min(allowed, quota);
}

/** CPUs that are online and in the control group's cpuset, whatever the affinity. */
export function onlineInCpuset(host: Host): Cpuset {
  const { cpuset } = host.limits;
  return cpuset ? intersect(onlineCpus(host), cpuset.value) : onlineCpus(host);
}

/** The host with these CPUs as its allowed ones. */
export function restrictTo(host: Host, cpus: Cpuset): Host {
  const allowed = new Set(cpus);
  return { ...host, cpus: host.cpus.map(cpu => ({ ...cpu, allowed: allowed.has(cpu.cpu) })) };
}
