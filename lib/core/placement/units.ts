import { coresOf, type Cpu, type Host } from '../machine/host.js';
import type { Cpuset } from '../cpuset.js';
import { isInside, type PlacementPolicy } from './policy.js';

/** A level of the machine that CPUs can have in common. */
export type Level = 'package' | 'numa' | 'l3' | 'l2' | 'core';

/** A CPU that can be assigned to a worker, and the number of its domain at each level. */
export interface Unit extends Record<Level, number> {
  cpu: number;
  kind: number;
  /** threads of workers placed on it so far */
  load: number;
}

export interface Units {
  /** in the order of the machine: the most capable kind first, then neighbours */
  all: Unit[];
  /** from the widest to the narrowest */
  levels: readonly Level[];
}

/**
 * The allowed CPUs in the order of the machine. CPUs whose domain is unknown share one; a CPU whose core is unknown
 * counts as its own core.
 * @param physical only the first allowed CPU of each core
 */
export function unitsOf(host: Host, physical: boolean): Units {
  const cores = coresOf(host.cpus.filter(cpu => cpu.allowed));
  const [l3, l2] = [cacheIndex(host.caches.L3), cacheIndex(host.caches.L2)];
  const of = (cpu: Cpu, core: number): Unit => ({
    cpu: cpu.cpu,
    kind: cpu.kind ?? 0,
    load: 0,
    core,
    package: cpu.package ?? -1,
    numa: cpu.numa ?? -1,
    l3: l3.get(cpu.cpu) ?? -1,
    l2: l2.get(cpu.cpu) ?? host.caches.L2.length + core,
  });
  const all = cores.flatMap((core, index) => (physical ? core.slice(0, 1) : core).map(cpu => of(cpu, index)));
  const levels = fromWidest(all);
  return { all: all.sort(inOrder(levels)), levels };
}

/** For each allowed CPU, the number of the domain that a policy keeps a worker in; of a NUMA node for the others. */
export function domainsBy(host: Host, policy: PlacementPolicy = 'close'): (cpu: number) => number {
  const level = isInside(policy) ? policy : 'numa';
  const domain = new Map(unitsOf(host, false).all.map(unit => [unit.cpu, unit[level]]));
  return cpu => domain.get(cpu) ?? -1;
}

/** The units of each domain of a level, in the order of their first unit. */
export function domains(units: readonly Unit[], level: Level): Unit[][] {
  const found = new Map<number, Unit[]>();
  for (const unit of units) {
    const domain = found.get(unit[level]);
    if (domain) domain.push(unit);
    else found.set(unit[level], [unit]);
  }
  return [...found.values()];
}

function inOrder(levels: readonly Level[]): (a: Unit, b: Unit) => number {
  return (a, b) => {
    if (a.kind !== b.kind) return b.kind - a.kind;
    const level = levels.find(one => a[one] !== b[one]);
    return level ? a[level] - b[level] : a.cpu - b.cpu;
  };
}

/** The index of the cache that each CPU uses. */
function cacheIndex(caches: readonly Cpuset[]): Map<number, number> {
  return new Map(caches.flatMap((cpus, index) => cpus.map(cpu => [cpu, index] as const)));
}

/** Sorted by size: packages contain NUMA nodes on one machine and the reverse on another; so do L3s and nodes. */
function fromWidest(units: readonly Unit[]): Level[] {
  const levels: Level[] = ['package', 'numa', 'l3', 'l2', 'core'];
  const count = new Map(levels.map(level => [level, new Set(units.map(unit => unit[level])).size]));
  return levels.sort((a, b) => count.get(a)! - count.get(b)!);
}
