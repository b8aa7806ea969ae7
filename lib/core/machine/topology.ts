import type { Cpuset } from '../cpuset.js';
import type { CacheName, Cpu, Host } from './host.js';
import { kindsOf } from './kinds.js';
import type { CpuRecord, SetIndex, TopologyRecord } from './records.js';

export interface Topology {
  cpus: Omit<Cpu, 'allowed'>[];
  caches: Host['caches'];
  numaNodes: Host['numaNodes'];
  isolated: Cpuset;
}

/** Interprets the kernel's records as cores, packages, NUMA nodes, caches and kinds. */
export function interpretTopology(record: TopologyRecord): Topology {
  const online = onlineOf(record);
  const known = record.cpus.filter(cpu => online.has(cpu.cpu));
  const onlineSets = record.sets.map(cpus => cpus.filter(cpu => online.has(cpu)));
  const set = (index: SetIndex): Cpuset => (index < 0 ? [] : onlineSets[index]!);
  const core = denseIndex(known, cpu => set(cpu.coreCpus));
  const packages = denseIndex(known, cpu => set(cpu.packageCpus));
  const numa = numaOf(record, set);
  const kind = kindsOf(
    known,
    record.types.map(type => ({ name: type.name, cpus: set(type.cpus) })),
  );
  const present = new Map(record.cpus.map(cpu => [cpu.cpu, cpu]));
  for (const cpu of record.present < 0 ? online : record.sets[record.present]!)
    if (!present.has(cpu)) present.set(cpu, bareCpu(cpu));
  const cpus = [...present.keys()]
    .sort((a, b) => a - b)
    .map(cpu => ({
      cpu,
      online: online.has(cpu),
      core: core.get(cpu) ?? null,
      package: packages.get(cpu) ?? null,
      numa: numa.get(cpu) ?? null,
      kind: online.has(cpu) ? (kind.get(cpu) ?? 0) : null,
    }));
  return {
    cpus,
    caches: {
      L1d: cachesOf(known, 1, set),
      L2: cachesOf(known, 2, set),
      L3: cachesOf(known, 3, set),
    },
    numaNodes: record.nodes.map(({ node, cpus }) => ({ node, cpus: set(cpus).filter(cpu => numa.get(cpu) === node) })),
    isolated: set(record.isolated),
  };
}

function bareCpu(cpu: number): CpuRecord {
  return {
    cpu,
    online: null,
    coreCpus: -1,
    packageCpus: -1,
    capacity: null,
    maxFrequency: null,
    baseFrequency: null,
    midr: null,
    caches: [],
  };
}

/** The kernel's list of online CPUs; if it has none (before 2.6.26), the CPUs that are not marked offline. */
function onlineOf(record: TopologyRecord): Set<number> {
  if (record.online >= 0) return new Set(record.sets[record.online]);
  return new Set(record.cpus.filter(cpu => cpu.online !== false).map(cpu => cpu.cpu));
}

/** Numbers the groups that CPUs form, in the order of their lowest CPU. A CPU without a group has no number. */
function denseIndex(cpus: CpuRecord[], groupOf: (cpu: CpuRecord) => Cpuset): Map<number, number> {
  const index = new Map<number, number>();
  const seen = new Map<string, number>();
  for (const cpu of cpus) {
    const group = groupOf(cpu);
    if (group.length === 0) continue;
    const key = String(group[0]);
    if (!seen.has(key)) seen.set(key, seen.size);
    index.set(cpu.cpu, seen.get(key)!);
  }
  return index;
}

/** A CPU is in one node. If firmware lists every CPU in every node, the lowest node gets them all, as in hwloc. */
function numaOf(record: TopologyRecord, set: (index: SetIndex) => Cpuset): Map<number, number> {
  const numa = new Map<number, number>();
  for (const node of record.nodes) for (const cpu of set(node.cpus)) if (!numa.has(cpu)) numa.set(cpu, node.node);
  return numa;
}

function cachesOf(cpus: CpuRecord[], level: number, set: (index: SetIndex) => Cpuset): Cpuset[] {
  const found = new Map<string, Cpuset>();
  for (const cpu of cpus) {
    for (const cache of cpu.caches) {
      if (cache.level !== level || cache.type === 'Instruction') continue;
      const sharing = cache.cpus < 0 ? [cpu.cpu] : set(cache.cpus);
      if (sharing.includes(cpu.cpu)) found.set(String(sharing), sharing);
    }
  }
  return [...found.values()].sort((a, b) => a[0]! - b[0]!);
}

/** Names of the cache levels in the order from the core outwards. */
export const CACHE_NAMES: readonly CacheName[] = ['L1d', 'L2', 'L3'];
