import type { Budget } from '../budget/budget.js';
import type { Cpuset } from '../cpuset.js';
import type { Cpu, Host } from '../machine/host.js';
import { places, reservedCpus, type PlacementOptions } from './places.js';
import { defaultPolicy, type PlacementPolicy } from './policy.js';

/** What becomes of a CPU. `workers` are those that have it in their place. */
export type CpuUse =
  | { state: 'offline' | 'not allowed' | 'reserved' | 'unused' }
  | { state: 'place'; workers: readonly number[] };

/** Who would get what of a machine. */
export interface PlacementPlan {
  policy: PlacementPolicy;
  places: readonly Cpuset[];
  reserved: Cpuset;
}

/** The places and the reserve of a budget, for all its workers. */
export function planPlacement(host: Host, budget: Budget, options: PlacementOptions = {}): PlacementPlan {
  const policy = options.policy ?? defaultPolicy(budget.threadsPerWorker);
  return { policy, places: places(host, budget, budget.workers, options), reserved: reservedCpus(host, budget) };
}

/** What becomes of each CPU. */
export function cpuUses(plan: PlacementPlan): (cpu: Cpu) => CpuUse {
  const reserved = new Set(plan.reserved);
  const workers = new Map<number, number[]>();
  for (const [worker, place] of plan.places.entries()) {
    for (const cpu of place) {
      const those = workers.get(cpu);
      if (those) those.push(worker);
      else workers.set(cpu, [worker]);
    }
  }
  return ({ cpu, online, allowed }) => {
    if (!online) return { state: 'offline' };
    if (!allowed) return { state: 'not allowed' };
    const those = workers.get(cpu);
    if (those) return { state: 'place', workers: those };
    return { state: reserved.has(cpu) ? 'reserved' : 'unused' };
  };
}

/** `worker 3`, `workers 0, 4`; of very many the first ones and their number. */
export function workerNames(workers: readonly number[], most = 4): string {
  if (workers.length === 1) return `worker ${workers[0]}`;
  const named = workers.slice(0, most).join(', ');
  return `workers ${named}${workers.length > most ? ` … (${workers.length} in all)` : ''}`;
}
