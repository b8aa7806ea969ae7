import { intersect, type Cpuset } from '../cpuset.js';

/** One CPU. `null` = the system does not tell, or the CPU is offline. */
export interface Cpu {
  /** its number, as the OS counts */
  cpu: number;
  /** whether it is switched on */
  online: boolean;
  /** usable by us: online, in our affinity and in our control group's cpuset */
  allowed: boolean;
  /** dense index of the core; CPUs with the same one share execution units */
  core: number | null;
  /** dense index of the package */
  package: number | null;
  /** the OS's number of the NUMA node */
  numa: number | null;
  /** performance class of the core, 0 = most efficient; on a machine of one kind all are 0 */
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
  /** online CPUs that are local to it; where that is not told, all of them */
  cpus: Cpuset;
}

export type CacheName = 'L1d' | 'L2' | 'L3';

/** A limit that was found, and the file it was read from. */
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
  /** of this format */
  version: 1;
  /** `linux` */
  platform: string;
  /** all CPUs, offline ones too, by their number */
  cpus: Cpu[];
  /** for each level the sets of online CPUs that share one cache */
  caches: Record<CacheName, Cpuset[]>;
  /** the online CPUs of each NUMA node */
  numaNodes: { node: number; cpus: Cpuset }[];
  /** in the order of their addresses */
  gpus: Gpu[];
  /** what keeps the process from using the whole machine */
  limits: {
    /** CPU time, in CPUs (1.5); the smallest of the control group and all its ancestors */
    quota: FoundLimit<number> | null;
    /** the control group's cpuset, where there is one */
    cpuset: FoundLimit<Cpuset> | null;
    /** this process's affinity, where the system tells */
    affinity: FoundLimit<Cpuset> | null;
    /** of the allowed CPUs those that GOVERNOR_CPUS names, where it is set */
    chosen: FoundLimit<Cpuset> | null;
    /** of those, the CPUs that no one else has claimed, where the ledger was asked and some are claimed */
    free: FoundLimit<Cpuset> | null;
    /** the least weight of the control group and its ancestors that is not the kernel's `usual` one; told, not obeyed */
    weight: (FoundLimit<number> & { usual: number }) | null;
    /** bytes that this control group may use in all, and what is left of them */
    memory: (FoundLimit<number> & { left: number | null }) | null;
    /** processes and threads that may exist, and how many more that leaves */
    pids: (FoundLimit<number> & { left: number | null }) | null;
  };
  /** interrupts of devices that each CPU has served since the machine started; null where the system does not tell */
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

/**
 * The CPUs of each core, cores in the order of their lowest CPU. A CPU whose core is not told is
 * taken for a core of its own.
 */
export function coresOf(cpus: readonly Cpu[]): Cpu[][] {
  const cores = new Map<string, Cpu[]>();
  for (const cpu of cpus) {
    const key = cpu.core === null ? `cpu ${cpu.cpu}` : `core ${cpu.core}`;
    cores.set(key, [...(cores.get(key) ?? []), cpu]);
  }
  return [...cores.values()];
}

/** CPU-time limit and CPUs together: how many CPUs' worth of work can run at once, as a fraction. */
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
