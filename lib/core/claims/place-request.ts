import { computeBudget, type Budget, type BudgetOptions } from '../budget/budget.js';
import { formatCpulist, type Cpuset } from '../cpuset.js';
import type { Environment } from '../environment.js';
import { cpusNear, type NearDevice } from '../machine/gpu.js';
import type { Host } from '../machine/host.js';
import { distinctPlaces, places } from '../placement/places.js';
import type { PlacementPolicy } from '../placement/policy.js';
import { badInput } from '../../errors.js';

/** The CPUs that a program asks for. Plain JSON: the same request yields the same places on the same host. */
export interface PlaceRequest {
  /** how many workers, and how many threads each */
  budget: BudgetOptions;
  /** the variables that the budget is computed by, GOVERNOR_CPUS and GOVERNOR_CLAIM among them */
  environment: Environment;
  /**
   * `each`: a place for each worker; workers that do not fit share CPUs.
   * `distinct`: as many places as do not overlap, for workers that another program starts.
   * A list: exactly these cpusets, one for each worker.
   */
  places: 'each' | 'distinct' | readonly Cpuset[];
  /** default: `physical` for workers of one thread, `close` for workers of several */
  policy?: PlacementPolicy | undefined;
  /** choose CPUs that are local to these devices; default: any */
  near?: NearDevice | undefined;
  /** a given number of workers may use up the default reserve before workers share CPUs; default false */
  spendReserve?: boolean | undefined;
}

/** Options that ask for places. */
export interface PlaceOptions extends BudgetOptions {
  /** how places are chosen; default `physical` for workers of one thread, `close` for workers of several */
  policy?: PlacementPolicy | undefined;
  /**
   * `gpu`: worker i gets CPUs that are local to GPU i, modulo the number of GPUs that the program sees, while enough of
   * them are free; default: any CPUs
   */
  near?: NearDevice | undefined;
}

/** The request of options, which may hold more than a request does, such as callbacks. */
export function placeRequest(
  { workers, threadsPerWorker, reserve, physical, memoryPerWorker, policy, near }: PlaceOptions,
  environment: Environment,
  { places, spendReserve }: Pick<PlaceRequest, 'places' | 'spendReserve'>,
): PlaceRequest {
  return {
    budget: { workers, threadsPerWorker, reserve, physical, memoryPerWorker },
    environment: { ...environment },
    places,
    policy,
    near,
    spendReserve,
  };
}

/**
 * What a host has for a request.
 * @throws GovernorError BAD_INPUT
 */
export function budgetFor(host: Host, { budget: options, environment, places, spendReserve }: PlaceRequest): Budget {
  const workers = options.workers ?? (typeof places === 'string' ? undefined : places.length);
  const budget = computeBudget(host, { ...options, workers }, environment);
  const { threadsPerWorker, usable } = budget;
  if (!spendReserve || options.workers === undefined || options.reserve !== undefined) return budget;
  if (wantedCpus(budget) <= usable - budget.reserve.cpus) return budget;
  const reserve = Math.max(0, usable - wantedCpus(budget));
  return computeBudget(host, { ...options, threadsPerWorker, reserve }, environment);
}

/**
 * The places of a request on a host.
 * @throws GovernorError BAD_INPUT
 */
export function placesFor(host: Host, { places: wanted, policy, near }: PlaceRequest, budget: Budget): Cpuset[] {
  if (typeof wanted !== 'string') return checkedPlaces(wanted, budget.workers);
  const options = { policy, prefer: cpusNear(near, host) };
  return wanted === 'distinct' ? distinctPlaces(host, budget, options) : places(host, budget, budget.workers, options);
}

/** CPUs that all workers together want; with `physical` in the budget, cores. */
export function wantedCpus({ workers, threadsPerWorker }: Budget): number {
  return workers * threadsPerWorker;
}

/** CPUs that the budget has for workers; with `physical`, cores. */
export function roomOf({ usable, reserve }: Budget): number {
  return Math.max(1, usable - reserve.cpus);
}

function checkedPlaces(given: readonly Cpuset[], workers: number): Cpuset[] {
  if (given.length !== workers)
    throw badInput('places', given.map(formatCpulist), `one for each of ${workers} workers`);
  for (const cpus of given) {
    if (
      cpus.length === 0 ||
      !cpus.every((cpu, i) => Number.isInteger(cpu) && cpu >= 0 && (i === 0 || cpu > cpus[i - 1]!))
    ) {
      throw badInput('places', cpus, 'CPU numbers, ascending');
    }
  }
  return [...given];
}
