import type { Budget } from '../budget/budget.js';
import { placesIgnoringClaims, type PlaceChoice } from '../claims/choose-places.js';
import { placeRequest, type PlaceOptions, type PlaceRequest } from '../claims/place-request.js';
import { CHOSEN_CPUS } from '../machine/chosen-cpus.js';
import { formatCpulist, type Cpuset } from '../cpuset.js';
import { exportedVariables, type VariableExport } from '../budget/exports.js';
import type { Host } from '../machine/host.js';
import { memoryNode } from '../machine/memory-node.js';
import type { Environment } from '../environment.js';
import { marked, workerEnvironment, type KeptVariable } from '../budget/thread-environment.js';
import { pinningVariables } from '../budget/thread-variables.js';

/** What the plan of a launch depends on: how many ranks, on which CPUs, and with which variables. */
export interface LaunchPlanOptions extends PlaceOptions {
  /** names of governed variables that are left as they are; default: none */
  except?: readonly string[] | undefined;
  /** variables of the program itself, and what to set them to; default: none */
  exports?: readonly VariableExport[] | undefined;
}

/** What a rank will get. */
export interface PlannedRank {
  /** the rank's number, from 0 */
  rank: number;
  /** the CPUs that it is pinned to */
  place: Cpuset;
  /** NUMA node whose memory it will prefer; null: it has no reason to prefer one */
  memoryNode: number | null;
  /** what is added to its environment */
  variables: Record<string, string>;
}

/** What a launch will do. */
export interface LaunchPlan {
  /** the machine, without the CPUs that others have claimed */
  host: Host;
  /** how many ranks, how many threads each, and why */
  budget: Budget;
  /** the ranks, by their number */
  ranks: PlannedRank[];
  /** where ranks find each other; null in a plan that only foresees a launch */
  rendezvous: LaunchRendezvous | null;
  /** variables that the user has set and that stay */
  kept: readonly KeptVariable[];
  /** variables of the user that make a library pin threads itself, perhaps outside their places */
  pinning: readonly { name: string; value: string }[];
  /** whether ranks share CPUs because there are too few */
  shared: boolean;
}

/** Where torch.distributed and similar libraries find rank 0. */
export interface LaunchRendezvous {
  /** MASTER_ADDR: 127.0.0.1 */
  address: string;
  /** MASTER_PORT: a free port */
  port: number;
}

/** The CPUs that a launch asks for: a place for each rank. A number of ranks that the user gave may use the reserve. */
export function launchRequest(options: LaunchPlanOptions, environment: Environment): PlaceRequest {
  return placeRequest(options, environment, 'each');
}

/** The places of a launch, and the variables that its claim sets for every rank. */
export type LaunchPlaces = Pick<PlaceChoice, 'host' | 'budget' | 'places'> & { variables: Record<string, string> };

/** Adds the memory node and the variables of its rank to each place. */
export function planLaunch(
  { host, budget, places, variables }: LaunchPlaces,
  options: LaunchPlanOptions,
  environment: Environment,
  rendezvous: LaunchRendezvous | null,
  nodesWithMemory: readonly number[],
): LaunchPlan {
  const { workers, threadsPerWorker } = budget;
  const { set, kept } = workerEnvironment(threadsPerWorker, environment, { except: options.except });
  const common = {
    ...marked(set, environment),
    ...exportedVariables(options.exports ?? [], budget, host),
    ...variables,
  };
  const ranks = places.map(
    (place, rank): PlannedRank => ({
      rank,
      place,
      memoryNode: memoryNode(host, place, nodesWithMemory),
      variables: { ...common, ...rankVariables(rank, workers, rendezvous), [CHOSEN_CPUS]: formatCpulist(place) },
    }),
  );
  const shared = new Set(places.flat()).size < places.reduce((sum, place) => sum + place.length, 0);
  return { host, budget, ranks, rendezvous, kept, pinning: pinningVariables(environment), shared };
}

/** The plan of a launch that claims nothing and ignores others' claims. @throws GovernorError BAD_INPUT */
export function planUnclaimed(
  host: Host,
  options: LaunchPlanOptions,
  environment: Environment,
  rendezvous: LaunchRendezvous | null,
  nodesWithMemory: readonly number[],
): LaunchPlan {
  const choice = placesIgnoringClaims(host, launchRequest(options, environment));
  return planLaunch({ ...choice, variables: {} }, options, environment, rendezvous, nodesWithMemory);
}

/** The variables that torchrun sets for ranks on one machine. */
function rankVariables(rank: number, ranks: number, rendezvous: LaunchRendezvous | null): Record<string, string> {
  return {
    RANK: String(rank),
    LOCAL_RANK: String(rank),
    WORLD_SIZE: String(ranks),
    LOCAL_WORLD_SIZE: String(ranks),
    ...(rendezvous ? { MASTER_ADDR: rendezvous.address, MASTER_PORT: String(rendezvous.port) } : {}),
  };
}
