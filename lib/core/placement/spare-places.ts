import type { Budget } from '../budget/budget.js';
import { cpuset, union, type Cpuset } from '../cpuset.js';
import type { Host } from '../machine/host.js';
import { unitsOf } from './units.js';

/**
 * Places on the CPUs that the places of a budget leave: the reserve, and what is too little for one more worker. For
 * workers that turn out to be more than the places, so that no CPU idles while two of them share another one.
 * A quota bounds the CPUs of all places together, rounded up.
 * @param host without the CPUs that others have claimed
 * @returns places of as many CPUs as a worker has threads; the last one may be smaller
 */
export function sparePlaces(
  host: Host,
  { physical, threadsPerWorker }: Pick<Budget, 'physical' | 'threadsPerWorker'>,
  places: readonly Cpuset[],
): Cpuset[] {
  const used = new Set(union(places));
  const { all } = unitsOf(host, physical);
  const most = Math.ceil(host.limits.quota?.value ?? all.length);
  const spare = all.filter(unit => !used.has(unit.cpu)).slice(0, Math.max(0, most - used.size));
  return Array.from({ length: Math.ceil(spare.length / threadsPerWorker) }, (_, i) =>
    cpuset(spare.slice(i * threadsPerWorker, (i + 1) * threadsPerWorker).map(unit => unit.cpu)),
  );
}
