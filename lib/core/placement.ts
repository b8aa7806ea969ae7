import type { Budget } from './budget.js';
import { cpuset, type Cpuset } from './cpuset.js';
import { allowedCpus, coresOf, type Cpu, type Host } from './host.js';

/**
 * The cpuset of each worker. Workers of one thread get distinct cores first and SMT siblings last;
 * workers of several threads get neighbours: CPUs of one core, cache and NUMA node. The CPUs that
 * the reserve keeps are the last in that order. More workers than CPUs share evenly.
 * @param prefer worker i takes its CPUs out of prefer[i % n] while enough of those are free, else elsewhere
 */
export function places(
  host: Host, budget: Pick<Budget, 'threadsPerWorker' | 'reserve' | 'physical' | 'usable'>, workers: number, prefer: readonly Cpuset[] = [],
): Cpuset[] {
  const size = budget.threadsPerWorker;
  const allowed = new Set(allowedCpus(host));
  const cpus = host.cpus.filter(cpu => allowed.has(cpu.cpu));
  const order = size === 1 ? coresFirst(cpus, budget.physical) : neighbours(cpus, budget.physical);
  const usable = order.slice(0, Math.max(1, Math.min(budget.usable, order.length) - budget.reserve.cpus));
  const distinct = Math.max(1, Math.floor(usable.length / size));
  const free = new Set(prefer.length === 0 ? usable : order.slice(0, Math.max(usable.length, order.length - budget.reserve.cpus)));
  const take = (from: readonly number[]) => from.slice(0, size).map(cpu => (free.delete(cpu), cpu));
  const near = Array.from({ length: Math.min(distinct, workers) }, (_, i) => {
    const local = (prefer[i % prefer.length] ?? []).filter(cpu => free.has(cpu)).length >= size;
    return local ? take([...free].filter(cpu => prefer[i % prefer.length]!.includes(cpu))) : null;
  });
  const all = near.map(cpus => cpuset(cpus ?? take([...free])));
  return Array.from({ length: workers }, (_, i) => all[i % all.length]!);
}

/** As many places as do not overlap, for workers that someone else starts. */
export function distinctPlaces(host: Host, budget: Budget, prefer: readonly Cpuset[] = []): Cpuset[] {
  const most = Math.max(1, Math.floor(Math.max(1, budget.usable - budget.reserve.cpus) / budget.threadsPerWorker));
  return places(host, budget, Math.min(budget.cpuWorkers, most), prefer);
}

/** The first CPU of every core, then the second of every core, and so on. */
function coresFirst(cpus: readonly Cpu[], physical: boolean): number[] {
  const cores = coresOf([...cpus].sort(byCapability)).map(core => core.map(cpu => cpu.cpu));
  const deepest = physical ? 1 : Math.max(...cores.map(core => core.length));
  return Array.from({ length: deepest }, (_, depth) => cores.flatMap(core => core[depth] ?? [])).flat();
}

/** CPUs in the order of the machine: NUMA node, package, core. */
function neighbours(cpus: readonly Cpu[], physical: boolean): number[] {
  const cores = coresOf([...cpus].sort((a, b) => byCapability(a, b) || (a.numa ?? 0) - (b.numa ?? 0) || (a.package ?? 0) - (b.package ?? 0) || (a.core ?? a.cpu) - (b.core ?? b.cpu)));
  return cores.flatMap(core => (physical ? core.slice(0, 1) : core)).map(cpu => cpu.cpu);
}

/** The most capable kind first, so that the reserve is taken from the least. */
function byCapability(a: Cpu, b: Cpu): number {
  return (b.kind ?? 0) - (a.kind ?? 0);
}
