import type { Budget } from '../budget/budget.js';
import type { Cpuset } from '../cpuset.js';
import type { Cpu, Host } from '../machine/host.js';
import { places, reservedCpus, type PlacementOptions } from './places.js';
import { DEFAULT_POLICY, type PlacementPolicy } from './policy.js';

/** What a CPU is used for. `workers` are those with the CPU in their place. */
export type CpuUse =
  | { state: 'offline' | 'not allowed' | 'reserved' | 'unused' }
  | { state: 'place'; workers: readonly number[] };

/** Which workers would get which CPUs. */
export interface PlacementPlan {
  policy: PlacementPolicy;
  places: readonly Cpuset[];
  reserved: Cpuset;
}

/** The places of all workers of a budget, and its reserve. */
export function planPlacement(host: Host, budget: Budget, options: PlacementOptions = {}): PlacementPlan {
  const policy = options.policy ?? DEFAULT_POLICY;
  return { policy, places: places(host, budget, budget.workers, options), reserved: reservedCpus(host, budget) };
}

/** The use of each CPU under a plan. */
export function cpuUses(plan: PlacementPlan): (cpu: Cpu) => CpuUse {
  const reserved = new Set(plan.reserved);
  const workers = new Map<number, number[]>();
  for (const [worker, place] of plan.places.entries()) {
    for (const cpu of place) {
      const sharing = workers.get(cpu);
      if (sharing) sharing.push(worker);
      else workers.set(cpu, [worker]);
    }
  }
  return ({ cpu, online, allowed }) => {
    if (!online) return { state: 'offline' };
    if (!allowed) return { state: 'not allowed' };
    const sharing = workers.get(cpu);
    if (sharing) return { state: 'place', workers: sharing };
    return { state: reserved.has(cpu) ? 'reserved' : 'unused' };
  };
}

/** `worker 3`, `workers 0, 4`; for more than `most` the first ones and their number. */
export function workerNames(workers: readonly number[], most = 4): string {
  if (workers.length === 1) return `worker ${workers[0]}`;
  const named = workers.slice(0, most).join(', ');
  return `workers ${named}${workers.length > most ? ` … (${workers.length} in total)` : ''}`;
}
