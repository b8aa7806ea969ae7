import fc, { type Arbitrary } from 'fast-check';
import { computeBudget, type BudgetOptions } from '../../lib/core/budget/budget.js';
import { formatCpulist, type Cpuset } from '../../lib/core/cpuset.js';
import type { Host } from '../../lib/core/machine/host.js';
import { places, reservedCpus, type PlacementOptions } from '../../lib/core/placement/places.js';
import { POLICIES } from '../../lib/core/placement/policy.js';
import { madeHost } from './machine/hosts.js';

type Asked = BudgetOptions & PlacementOptions;

/** The places of a machine's budget. */
export function placed(host: Host, { policy, prefer, ...options }: Asked = {}): Cpuset[] {
  const budget = computeBudget(host, options);
  return places(host, budget, budget.workers, { policy, prefer });
}

/** The places as cpulists, separated by spaces. */
export function listed(host: Host, options: Asked = {}): string {
  return placed(host, options).map(formatCpulist).join(' ');
}

/** The CPUs that the budget keeps in reserve, as a cpulist. */
export function reservedList(host: Host, options: BudgetOptions = {}): string {
  return formatCpulist(reservedCpus(host, computeBudget(host, options)));
}

export const somePolicy = fc.constantFrom(...POLICIES);
export const someOptions: Arbitrary<BudgetOptions> = fc.record({
  workers: fc.option(fc.integer({ min: 1, max: 80 }), { nil: undefined }),
  threadsPerWorker: fc.option(fc.integer({ min: 1, max: 9 }), { nil: undefined }),
  reserve: fc.option(fc.integer({ min: 0, max: 5 }), { nil: undefined }),
  physical: fc.boolean(),
});

/** 2 packages with 2 NUMA nodes each, 2 L3s in a node, 2 cores with 2 CPUs at an L3: siblings are N and N + 16. */
export const DEEP = madeHost({ packages: 2, numaNodes: 4, l3s: 8, cores: 16, threads: 2 });
