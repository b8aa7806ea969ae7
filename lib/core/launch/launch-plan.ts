import { computeBudget, type Budget, type BudgetOptions } from '../budget/budget.js';
import { CHOSEN_CPUS } from '../machine/chosen-cpus.js';
import { formatCpulist, type Cpuset } from '../cpuset.js';
import { exportedVariables, type VariableExport } from '../budget/exports.js';
import { cpusNear, type NearDevice } from '../machine/gpu.js';
import type { Host } from '../machine/host.js';
import { memoryNode } from '../machine/memory-node.js';
import { places, type PlacementOptions } from '../placement/places.js';
import type { Environment } from '../environment.js';
import { pinningVariables, threadEnvironment, type KeptVariable } from '../budget/thread-variables.js';

export interface LaunchPlanOptions extends BudgetOptions, Pick<PlacementOptions, 'policy'> {
  /** `gpu`: rank i gets CPUs that are local to the i-th GPU that it sees, modulo their number, while there are any free */
  near?: NearDevice | undefined;
  /** a program's own variables, and what to set them to */
  exports?: readonly VariableExport[] | undefined;
}

export interface PlannedRank {
  rank: number;
  place: Cpuset;
  /** NUMA node whose memory it prefers; null: no choice */
  memoryNode: number | null;
  /** added to its environment */
  variables: Record<string, string>;
}

/** What a launch is going to do. */
export interface LaunchPlan {
  host: Host;
  budget: Budget;
  ranks: PlannedRank[];
  rendezvous: Rendezvous | null;
  kept: readonly KeptVariable[];
  /** variables of the user that make a library pin threads itself, against the places */
  pinning: readonly { name: string; value: string }[];
  /** whether ranks have to share CPUs */
  shared: boolean;
}

/** Where torch.distributed and its like find rank 0. */
export interface Rendezvous {
  address: string;
  port: number;
}

/** Ranks that somebody has counted get every CPU that they need: the reserve is what is left of it then. */
export function launchBudget(host: Host, options: LaunchPlanOptions, environment: Environment): Budget {
  const budget = computeBudget(host, options, environment);
  const { usable, workers, threadsPerWorker, reserve } = budget;
  if (
    options.workers === undefined ||
    options.reserve !== undefined ||
    workers * threadsPerWorker <= usable - reserve.cpus
  )
    return budget;
  return computeBudget(
    host,
    { ...options, threadsPerWorker, reserve: Math.max(0, usable - workers * threadsPerWorker) },
    environment,
  );
}

/** @throws GovernorError BAD_INPUT */
export function launchPlaces(host: Host, budget: Budget, options: LaunchPlanOptions): Cpuset[] {
  return places(host, budget, budget.workers, { policy: options.policy, prefer: cpusNear(options.near, host) });
}

/** What the plan of a launch is made for: the machine, and who gets which CPUs of it. */
export interface Placed {
  host: Host;
  budget: Budget;
  places: readonly Cpuset[];
  /** for every rank, beside those of the budget */
  variables: Record<string, string>;
}

/** What each rank gets beside its place. */
export function planLaunch(
  { host, budget, places: found, variables }: Placed,
  options: LaunchPlanOptions,
  environment: Environment,
  rendezvous: Rendezvous | null,
  nodesWithMemory: readonly number[],
): LaunchPlan {
  const { workers, threadsPerWorker } = budget;
  const { set, kept } = threadEnvironment({ workers, threads: threadsPerWorker }, environment);
  const common = { ...set, ...exportedVariables(options.exports ?? [], budget, host), ...variables };
  const ranks = found.map(
    (place, rank): PlannedRank => ({
      rank,
      place,
      memoryNode: memoryNode(host, place, nodesWithMemory),
      variables: { ...common, ...rankVariables(rank, workers, rendezvous), [CHOSEN_CPUS]: formatCpulist(place) },
    }),
  );
  const shared = new Set(found.flat()).size < found.reduce((sum, place) => sum + place.length, 0);
  return { host, budget, ranks, rendezvous, kept, pinning: pinningVariables(environment), shared };
}

/** The same for a machine of which nothing is claimed. @throws GovernorError BAD_INPUT */
export function planUnclaimed(
  host: Host,
  options: LaunchPlanOptions,
  environment: Environment,
  rendezvous: Rendezvous | null,
  nodesWithMemory: readonly number[],
): LaunchPlan {
  const budget = launchBudget(host, options, environment);
  const places = launchPlaces(host, budget, options);
  return planLaunch({ host, budget, places, variables: {} }, options, environment, rendezvous, nodesWithMemory);
}

/** The names that torchrun gives its ranks, on one machine. */
function rankVariables(rank: number, ranks: number, rendezvous: Rendezvous | null): Record<string, string> {
  return {
    RANK: String(rank),
    LOCAL_RANK: String(rank),
    WORLD_SIZE: String(ranks),
    LOCAL_WORLD_SIZE: String(ranks),
    ...(rendezvous ? { MASTER_ADDR: rendezvous.address, MASTER_PORT: String(rendezvous.port) } : {}),
  };
}
