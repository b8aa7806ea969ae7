import { intersect, type Cpuset } from '../cpuset.js';

/** One CPU. `null` = the system does not report it, or the CPU is offline. */
export interface Cpu {
  /** its number, as the OS counts */
  cpu: number;
  /** whether it is switched on */
  online: boolean;
  /** usable by us: online, in our affinity and in our control group's cpuset */
  allowed: boolean;
  /** dense index of the core; CPUs with the same index share execution units */
  core: number | null;
  /** dense index of the package */
  package: number | null;
  /** the OS's number of the NUMA node */
  numa: number | null;
  /** performance class of the core, 0 = most efficient; all are 0 if the machine has one kind */
  kind: number | null;
}

/** A GPU on the PCI bus. */
export interface Gpu {
  /** "0000:3b:00.0" */
  address: string;
  /** 'AMD', 'NVIDIA', 'Intel' */
  vendor: string;
  /** PCI device id, "0x2330" */
  device: string | null;
  /** the OS's number of the NUMA node that it is attached to */
  numa: number | null;
  /** online CPUs that are local to it; all online CPUs if unknown */
  cpus: Cpuset;
}

export type CacheName = 'L1d' | 'L2' | 'L3';

/** A limit, and the file or variable that sets it. */
export interface FoundLimit<Value> {
  value: Value;
  /** the file, or the variable, that it comes from */
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
  /** all CPUs, offline ones too, by their number */
  cpus: Cpu[];
  /** per level, the sets of online CPUs that share a cache */
  caches: Record<CacheName, Cpuset[]>;
  /** the online CPUs of each NUMA node */
  numaNodes: { node: number; cpus: Cpuset }[];
  /** in the order of their addresses */
  gpus: Gpu[];
  /** what keeps the process from using the whole machine */
  limits: {
    /** CPU time, in CPUs (1.5); the smallest of the control group and all its ancestors */
    quota: FoundLimit<number> | null;
    /** the control group's cpuset, if it has one */
    cpuset: FoundLimit<Cpuset> | null;
    /** this process's affinity, if the system reports it */
    affinity: FoundLimit<Cpuset> | null;
    /** the allowed CPUs that GOVERNOR_CPUS names, if it is set */
    chosen: FoundLimit<Cpuset> | null;
    /** the CPUs of those that nobody else has claimed, if the ledger was read and some are claimed */
    free: FoundLimit<Cpuset> | null;
    /** least weight of the control group and its ancestors, if not the kernel's default `usual`; reported, ignored */
    weight: (FoundLimit<number> & { usual: number }) | null;
    /** bytes that this control group may use, and how many are left */
    memory: (FoundLimit<number> & { left: number | null }) | null;
    /** processes and threads that may exist, and how many more can start */
    pids: (FoundLimit<number> & { left: number | null }) | null;
  };
  /** device interrupts that each CPU has served since the machine started; null if the system does not report them */
  interrupts: { cpu: number; count: number }[] | null;
  /** bytes, of the whole machine */
  memory: { total: number | null; available: number | null };
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
