import { parseCpulist, subtract, type Cpuset } from '../../../lib/core/cpuset.js';
import type { Cpu, Host } from '../../../lib/core/machine/host.js';

/** The shape of a made-up machine. All counts are for the whole machine. */
export interface Shape {
  packages?: number;
  numaNodes?: number;
  /** default: one per package and NUMA node */
  l3s?: number;
  /** cores with `threads` CPUs each; of kind 1 if there are efficient cores too */
  cores?: number;
  threads?: number;
  /** cores with one CPU each, of kind 0, numbered last */
  efficient?: number;
  /** the numbers of a core's CPUs: 0,1 (adjacent) or 0,N (apart) */
  siblings?: 'adjacent' | 'apart';
  /** cpulists */
  offline?: string;
  isolated?: string;
  cpuset?: string;
  affinity?: string;
  quota?: number;
  /** how many each CPU has served, CPU 0 first */
  interrupts?: number[];
  gpus?: Host['gpus'];
  weight?: { value: number; usual: number };
  memory?: { total: number | null; available: number | null };
  memoryLimit?: { value: number; left: number | null };
  pids?: { value: number; left: number | null };
}

export const GIB = 2 ** 30;
export const SOURCES = {
  quota: '/sys/fs/cgroup/job/cpu.max',
  cpuset: '/sys/fs/cgroup/job/cpuset.cpus.effective',
  affinity: '/proc/self/status Cpus_allowed',
  weight: '/sys/fs/cgroup/job/cpu.weight',
  memory: '/sys/fs/cgroup/job/memory.max',
  pids: '/sys/fs/cgroup/job/pids.max',
};

interface Core {
  cpus: Cpuset;
  package: number;
  numa: number;
  kind: number;
}

export function madeHost(shape: Shape = {}): Host {
  const cores = coresOfShape(shape);
  const present = cores.flatMap(core => core.cpus).sort((a, b) => a - b);
  const offline = shape.offline ? parseCpulist(shape.offline) : [];
  const online = subtract(present, offline);
  const within = (list: string | undefined) =>
    list === undefined ? online : parseCpulist(list).filter(cpu => online.includes(cpu));
  const [cpuset, affinity] = [within(shape.cpuset), within(shape.affinity)];
  const sets = (groupOf: (core: Core, i: number) => unknown) =>
    groups(cores, groupOf)
      .map(cpus => subtract(cpus, offline))
      .filter(cpus => cpus.length > 0);
  const lit = cores.filter(core => core.cpus.some(cpu => online.includes(cpu)));
  const limit = <Value extends object>(value: Value | undefined, source: string) =>
    value === undefined ? null : { ...value, source };
  return {
    version: 1,
    platform: 'linux',
    cpus: present.map((cpu): Cpu => {
      const core = cores.find(one => one.cpus.includes(cpu))!;
      if (!online.includes(cpu))
        return { cpu, online: false, allowed: false, core: null, package: null, numa: null, kind: null };
      const allowed = cpuset.includes(cpu) && affinity.includes(cpu);
      return {
        cpu,
        online: true,
        allowed,
        core: lit.indexOf(core),
        package: core.package,
        numa: core.numa,
        kind: core.kind,
      };
    }),
    caches: {
      L1d: sets((_, i) => i),
      L2: sets((_, i) => i),
      L3: sets((core, i) => (shape.l3s ? Math.floor((i * shape.l3s) / cores.length) : `${core.package} ${core.numa}`)),
    },
    numaNodes: [...new Set(cores.map(core => core.numa))].map(node => ({
      node,
      cpus: subtract(
        groups(
          cores.filter(core => core.numa === node),
          () => 0,
        )[0]!,
        offline,
      ),
    })),
    isolated: shape.isolated === undefined ? [] : within(shape.isolated),
    gpus: shape.gpus ?? [],
    limits: {
      quota: limit(shape.quota === undefined ? undefined : { value: shape.quota }, SOURCES.quota),
      cpuset: limit(shape.cpuset === undefined ? undefined : { value: cpuset }, SOURCES.cpuset),
      affinity: { value: affinity, source: SOURCES.affinity },
      chosen: null,
      free: null,
      weight: limit(shape.weight, SOURCES.weight),
      memory: limit(shape.memoryLimit, SOURCES.memory),
      pids: limit(shape.pids, SOURCES.pids),
    },
    interrupts: shape.interrupts?.map((count, cpu) => ({ cpu, count })) ?? null,
    memory: shape.memory ?? { total: null, available: null },
  };
}

function coresOfShape(shape: Shape): Core[] {
  const { packages = 1, numaNodes = packages, cores = 1, threads = 1, efficient = 0, siblings = 'apart' } = shape;
  const part = (i: number, parts: number, of: number) => Math.floor((i * parts) / of);
  const all = cores + efficient;
  return Array.from({ length: all }, (_, i) => {
    const first = i - cores + cores * threads;
    const numbers = Array.from({ length: threads }, (__, thread) =>
      siblings === 'adjacent' ? i * threads + thread : thread * cores + i,
    );
    return {
      cpus: i < cores ? numbers : [first],
      package: part(i, packages, all),
      numa: part(i, numaNodes, all),
      kind: efficient > 0 && i < cores ? 1 : 0,
    };
  });
}

function groups(cores: readonly Core[], groupOf: (core: Core, i: number) => unknown): Cpuset[] {
  const found = new Map<unknown, number[]>();
  cores.forEach((core, i) => found.set(groupOf(core, i), [...(found.get(groupOf(core, i)) ?? []), ...core.cpus]));
  return [...found.values()].map(cpus => cpus.sort((a, b) => a - b));
}

const SMT_12: Shape = { cores: 6, threads: 2, memory: { total: 31.44 * GIB, available: 26.46 * GIB } };

/** Machines by name. */
export const HOSTS = {
  oneCpu: madeHost({ cores: 1 }),
  twoCpus: madeHost({ cores: 2 }),
  /** 6 cores with 2 CPUs each, 31.4 GiB of which 26.5 GiB are available */
  smt12: madeHost(SMT_12),
  /** 64 CPUs in two packages, each a NUMA node */
  numa64: madeHost({ packages: 2, cores: 32, threads: 2 }),
  quota1500m: madeHost({ ...SMT_12, quota: 1.5 }),
  cpuset4of12: madeHost({ ...SMT_12, cpuset: '0-3' }),
  memoryLimited: madeHost({ ...SMT_12, memoryLimit: { value: 8 * GIB, left: 6 * GIB } }),
  /** offline CPUs, a cpuset, an affinity, a quota, memory and pids at once */
  everything: madeHost({
    ...SMT_12,
    offline: '11',
    cpuset: '0-8',
    affinity: '0-6',
    quota: 5.5,
    memoryLimit: { value: 8 * GIB, left: 6 * GIB },
    pids: { value: 100, left: 60 },
  }),
  /** 2 fast cores with 2 CPUs each, and 4 efficient cores with one CPU each */
  hybrid: madeHost({ cores: 2, threads: 2, efficient: 4, siblings: 'adjacent' }),
} satisfies Record<string, Host>;
