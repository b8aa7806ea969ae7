import { assign } from '../placement/assignment.js';
import { computeBudget, type BudgetOptions } from '../budget/budget.js';
import { withChosenCpus } from '../machine/chosen-cpus.js';
import { equal, union, type Cpuset } from '../cpuset.js';
import { cpusNear, type NearDevice } from '../machine/gpu.js';
import { allowedCpus, onlineCpus, restrictTo, type Host } from '../machine/host.js';
import { allowedOf } from '../machine/limits.js';
import { distinctPlaces, type PlacementOptions } from '../placement/places.js';
import { identity } from './process-tree.js';
import type { Environment } from '../environment.js';
import { findWorkers, type Member } from './workers.js';

export interface RepinPlacement extends Omit<BudgetOptions, 'memoryPerWorker'>, Pick<PlacementOptions, 'policy'> {
  /** `gpu`: worker i gets CPUs that are local to the i-th GPU that it sees, modulo their number, while any are free */
  near?: NearDevice | undefined;
}

/** Who is to have what of a running tree. */
export interface PinPlan {
  places: readonly Cpuset[];
  /** index of the place of each worker, by its identity */
  held: ReadonlyMap<string, number>;
  /** what all others float over: every CPU that the tree may use, the reserve too */
  cpus: Cpuset;
}

/** A process of a tree, and what it has got or would get. */
export interface PinResultProcess {
  pid: number;
  startTime: number;
  command: string;
  commandLine: readonly string[];
  /** a worker has a place; others float over all CPUs that the tree may use */
  role: 'worker' | 'floating' | 'restored';
  /** what its threads may use together */
  cpus: Cpuset;
  threads: number;
}

/** What has been done with a tree, or would be. */
export interface PinResult {
  pid: number;
  command: string;
  dryRun: boolean;
  /** 0 where it was restored */
  workers: number;
  /** the distinct places that workers have */
  places: readonly Cpuset[];
  /** of all processes */
  threads: number;
  processes: readonly PinResultProcess[];
  /** false where the tree went on starting processes elsewhere than wanted, so that some may have been missed */
  settled: boolean;
}

/**
 * The host as a running tree may use it: the CPUs that any of its threads is allowed, without those that GOVERNOR_CPUS
 * leaves out. What a library has done to its main thread thus does not hold for the rest.
 */
export function hostOfTree(host: Host, affinities: Iterable<Cpuset>, environment: Environment): Host {
  const limits = {
    ...host.limits,
    affinity: { value: union(affinities), source: '/proc/PID/task/TID/status Cpus_allowed' },
  };
  return withChosenCpus({ ...restrictTo(host, allowedOf(onlineCpus(host), limits)), limits }, environment);
}

/**
 * Gives each worker of a tree a place, or the root of a tree without workers. The CPUs are divided among the workers,
 * unless the options set their number or threads. A worker of the plan before keeps its place if the places are the
 * same.
 * @param tree the root first
 * @throws GovernorError BAD_INPUT
 */
export function planPin(
  host: Host,
  tree: readonly Member[],
  options: RepinPlacement,
  environment: Environment,
  before: PinPlan | null = null,
): PinPlan {
  const found = findWorkers(tree, tree[0]!.pid);
  const workers = found.length > 0 ? found : tree.slice(0, 1);
  const sharing = options.threadsPerWorker === undefined ? workers.length : undefined;
  const budget = computeBudget(host, { ...options, workers: options.workers ?? sharing }, environment);
  const places = distinctPlaces(host, budget, { policy: options.policy, prefer: cpusNear(options.near, host) });
  const same =
    before !== null &&
    places.length === before.places.length &&
    places.every((place, i) => equal(place, before.places[i]!));
  const candidates = workers.map(worker => ({ identity: identity(worker), active: true }));
  return { places, held: assign(places, same ? before.held : new Map(), candidates).held, cpus: allowedCpus(host) };
}

/** What a process of the tree is to have. */
export function placeOf({ places, held, cpus }: PinPlan, process: Pick<Member, 'pid' | 'startTime'>): Cpuset {
  const place = held.get(identity(process));
  return place === undefined ? cpus : places[place]!;
}
