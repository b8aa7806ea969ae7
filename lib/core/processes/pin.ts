import { assign } from '../placement/assignment.js';
import type { BudgetOptions } from '../budget/budget.js';
import { computeBudgetFor } from '../budget/spend-reserve.js';
import { withChosenCpus } from '../machine/chosen-cpus.js';
import { equal, union, type Cpuset } from '../cpuset.js';
import { cpusNear, type NearDevice } from '../machine/gpu.js';
import { allowedCpus, onlineCpus, restrictTo, type Host } from '../machine/host.js';
import { allowedOf } from '../machine/limits.js';
import { distinctPlaces, type PlacementOptions } from '../placement/places.js';
import { identity } from './process-tree.js';
import type { Environment } from '../environment.js';
import { findWorkers, type Member } from './workers.js';

/** How the CPUs of a running tree are divided among its workers. Default: the workers that exist share them evenly. */
export interface RepinPlacement extends Omit<BudgetOptions, 'memoryPerWorker'>, Pick<PlacementOptions, 'policy'> {
  /**
   * how many workers to make places for, from 1 to 65,536; default: as many as there are, or with `threadsPerWorker` as
   * many as the limits allow
   */
  workers?: number | undefined;
  /** CPUs of each place, from 1 to 65,536; default: the CPUs divided among the workers */
  threadsPerWorker?: number | undefined;
  /**
   * `gpu`: worker i gets CPUs that are local to GPU i, modulo the number of GPUs that the root can use by its own
   * variables, as long as enough of them are free; default: any CPUs
   */
  near?: NearDevice | undefined;
}

/** The CPUs that each process of a running tree gets. */
export interface PinPlan {
  places: readonly Cpuset[];
  /** index of the place of each worker, by its identity */
  held: ReadonlyMap<string, number>;
  /** the CPUs of all other processes: every CPU that the tree may use, including the reserve */
  cpus: Cpuset;
}

/** A process of a tree, and the CPUs that it got or would get. */
export interface PinResultProcess {
  /** its pid */
  pid: number;
  /** clock ticks since boot; (pid, startTime) identifies a process */
  startTime: number;
  /** name of its program, at most 15 characters */
  command: string;
  /** the program and its arguments; empty if we may not read them */
  commandLine: readonly string[];
  /**
   * `worker`: it has a place; `floating`: it may use all CPUs that the tree may use; `restored`: its threads may use
   * what they were allowed before the first pin
   */
  role: 'worker' | 'floating' | 'restored';
  /** the CPUs that its threads may use together */
  cpus: Cpuset;
  /** how many threads it has */
  threads: number;
}

/** What was done with a tree, or with `dryRun` would be. */
export interface PinResult {
  /** the root of the tree */
  pid: number;
  /** name of the root's program, at most 15 characters */
  command: string;
  /** true: nothing was changed */
  dryRun: boolean;
  /** how many workers have a place; 0 after `restore` */
  workers: number;
  /** the distinct places of the workers; empty after `restore` */
  places: readonly Cpuset[];
  /** threads of all processes */
  threads: number;
  /** processes of the tree, the root first */
  processes: readonly PinResultProcess[];
  /** false if the tree kept starting processes or moving threads, so that some may not be pinned */
  settled: boolean;
}

/**
 * The host as a running tree may use it: the CPUs that any of its threads is allowed, without those that GOVERNOR_CPUS
 * leaves out. So a main thread that a library has pinned does not limit the other threads.
 */
export function hostOfTree(host: Host, affinities: Iterable<Cpuset>, environment: Environment): Host {
  const limits = {
    ...host.limits,
    affinity: { value: union(affinities), source: '/proc/PID/task/TID/status Cpus_allowed' },
  };
  return withChosenCpus({ ...restrictTo(host, allowedOf(onlineCpus(host), limits)), limits }, environment);
}

/**
 * Gives each worker of a tree a place; in a tree without workers, its root. The workers divide the CPUs among them,
 * unless the options say how many places there are, or how large. If the places are the same as in the plan before,
 * workers keep theirs.
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
  const counted = options.workers ?? workers.length;
  // The threads exist already: fewer CPUs than they can use would only crowd them.
  const wanted = { cores: 'all', ...options, workers: options.workers ?? sharing } as const;
  const budget = computeBudgetFor(counted, host, wanted, environment);
  const places = distinctPlaces(host, budget, { policy: options.policy, prefer: cpusNear(options.near, host) });
  const same =
    before !== null &&
    places.length === before.places.length &&
    places.every((place, i) => equal(place, before.places[i]!));
  const candidates = workers.map(worker => ({ identity: identity(worker), active: true }));
  return { places, held: assign(places, same ? before.held : new Map(), candidates).held, cpus: allowedCpus(host) };
}

/** The CPUs that a process of the tree gets. */
export function placeOf({ places, held, cpus }: PinPlan, process: Pick<Member, 'pid' | 'startTime'>): Cpuset {
  const place = held.get(identity(process));
  return place === undefined ? cpus : places[place]!;
}
