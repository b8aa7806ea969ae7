import type { Budget, BudgetOptions } from '../budget/budget.js';
import { computeBudgetFor } from '../budget/spend-reserve.js';
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
  /** default `physical` */
  policy?: PlacementPolicy | undefined;
  /** choose CPUs that are local to these devices; default: any */
  near?: NearDevice | undefined;
}

/** How many workers get places, and how their CPUs are chosen. */
export interface PlaceOptions extends BudgetOptions {
  /** how places are chosen; default `physical` */
  policy?: PlacementPolicy | undefined;
  /**
   * `gpu`: worker i gets CPUs that are local to GPU i, modulo the number of GPUs that the program can use, as long as
   * enough of them are free; BAD_INPUT if it can use none; default: any CPUs
   */
  near?: NearDevice | undefined;
}

/** The request that these options make; other options, such as callbacks, are no part of it. */
export function placeRequest(
  { workers, threadsPerWorker, reserve, physical, cores, memoryPerWorker, policy, near }: PlaceOptions,
  environment: Environment,
  places: PlaceRequest['places'],
): PlaceRequest {
  return {
    budget: { workers, threadsPerWorker, reserve, physical, cores, memoryPerWorker },
    environment: { ...environment },
    places,
    policy,
    near,
  };
}

/**
 * The budget of a request on a host. A number of workers that the user gave uses up the default reserve before two of
 * them share a CPU.
 * @throws GovernorError BAD_INPUT
 */
export function budgetFor(host: Host, { budget: options, environment, places }: PlaceRequest): Budget {
  const workers = options.workers ?? (typeof places === 'string' ? undefined : places.length);
  const wholeProgram = places === 'distinct';
  return computeBudgetFor(options.workers ?? 0, host, { ...options, workers }, environment, wholeProgram);
}

/**
 * The places of a request on a host.
 * @throws GovernorError BAD_INPUT
 */
export function placesFor(host: Host, request: PlaceRequest, budget: Budget): Cpuset[] {
  const { places: wanted, policy, near } = request;
  if (typeof wanted !== 'string') return checkedPlaces(wanted, budget.workers);
  const { workers, threadsPerWorker } = request.budget;
  // A worker of one thread has no use for a second CPU, but another program may.
  const shared = workers !== undefined && threadsPerWorker === undefined && (budget.kinds?.spanned ?? true);
  const giveOut = shared && budget.threadsPerWorker > 1;
  const options = { policy, prefer: cpusNear(near, host), giveOut };
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
