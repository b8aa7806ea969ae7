import { CHOSEN_CPUS } from '../core/machine/chosen-cpus.js';
import { formatCpulist, subtract, type Cpuset } from '../core/cpuset.js';
import { computeBudget } from '../core/budget/budget.js';
import { exportedVariables } from '../core/budget/exports.js';
import { allowedCpus, onlineInCpuset, type Host } from '../core/machine/host.js';
import { planUnclaimed, type LaunchPlanOptions } from '../core/launch/launch-plan.js';
import { marked, workerEnvironment, type KeptVariable } from '../core/budget/thread-environment.js';
import { boundRank, type BoundRank } from '../core/launch/bound-rank.js';
import { localRank, type LocalRank } from '../core/launch/local-rank.js';
import { sharedByPlan, sharedBySight, type SharedPlace } from '../core/launch/shared-place.js';
import { badInput } from '../errors.js';
import { readHost } from '../system/machine/host.js';
import { usableMemoryNodes } from '../system/machine/memory-policy.js';
import { processesOn } from '../system/launch/ranks-on.js';
import { becomeProgram, startOf } from '../system/launch/start.js';
import { requireProgram } from './checks.js';

/** The place of a program that replaces this process. */
export interface ReplaceProcessOptions extends Omit<LaunchPlanOptions, 'workers'> {
  /**
   * CPUs of the program, which gets one thread for each unless `threadsPerWorker` says otherwise; the options that
   * choose a place are ignored then; default: the place of its rank, or without a rank all CPUs but the reserve
   */
  cpus?: Cpuset | undefined;
  /** which rank it is of those on this machine; default: as torchrun, Open MPI or Slurm have set it */
  rank?:
    | {
        /** its number, from 0 */
        rank: number;
        /** how many ranks this machine has */
        ranks: number;
      }
    | undefined;
  /** called before the program starts, for each variable that the user has set and that stays */
  onKept?: ((variable: KeptVariable) => void) | undefined;
  /** called before the program starts, in one of the ranks that have to share CPUs */
  onShared?: ((place: SharedPlace) => void) | undefined;
}

/**
 * Pins this process and replaces it by the program, as `exec` does in a shell: the pid stays, and Node is gone. Signal
 * handling and descriptors are those that the user's shell would have given the program. Nothing is claimed. Output
 * that this process has not written yet is lost. Never returns; throws on failure.
 * @param command the program and its arguments; no shell is involved, and the program is looked up in PATH
 * @param options default: the rank that torchrun, Open MPI or Slurm have set, otherwise all CPUs but the reserve
 * @throws GovernorError BAD_INPUT, COMMAND_NOT_FOUND, COMMAND_NOT_EXECUTABLE, HOST_UNREADABLE; PIN_NOT_HELD if CPUs of
 * the place went offline or are no longer allowed
 */
export function replaceProcess(command: readonly string[], options: ReplaceProcessOptions = {}): never {
  requireProgram(command);
  const { cpus, memoryNode, variables, kept, shared } = placeOf(options);
  if (shared) options.onShared?.(shared);
  for (const variable of kept) options.onKept?.(variable);
  becomeProgram(
    startOf(command, { ...process.env, ...variables, [CHOSEN_CPUS]: formatCpulist(cpus) }, { cpus, memoryNode }),
  );
}

interface ProgramPlace {
  cpus: Cpuset;
  memoryNode: number | null;
  variables: Record<string, string>;
  kept: readonly KeptVariable[];
  /** other ranks on its CPUs */
  shared: SharedPlace | null;
}

/** The rank that a launcher has given this process; the launcher may have divided the CPUs itself. */
interface RankHere {
  /** as the launcher counts it; null: the caller has named the rank, or there is none */
  local: LocalRank | null;
  /** null if the launcher has bound no rank */
  bound: BoundRank | null;
  /** its number among those that share CPUs, and how many they are; null: there is no rank */
  rank: { rank: number; ranks: number } | null;
}

function rankHere(host: Host, given: ReplaceProcessOptions['rank']): RankHere {
  const local = given ? null : localRank(process.env);
  const bound = local && boundRank(local, process.env, host);
  return { local, bound, rank: given ?? bound ?? local };
}

/**
 * Ranks that share the place by the plan, or ones that are seen to be confined to it. Of ranks that plan alike only the
 * first gets an answer, so that one line is printed.
 */
function sharedPlace(host: Host, { local, bound, rank }: RankHere, places: readonly Cpuset[]): SharedPlace | null {
  if (!rank) return null;
  const locals = bound?.locals ?? [...places.keys()];
  const planned = sharedByPlan(places, rank.rank, locals, bound && local ? local.engine : null);
  if (planned) return planned.ranks[0] === locals[rank.rank] ? planned : null;
  if (!local) return null;
  const isBound = allowedCpus(host).length < onlineInCpuset(host).length;
  const cpus = places[rank.rank]!;
  return sharedBySight(local, process.env, cpus, isBound, processesOn(cpus));
}

function placeOf(options: ReplaceProcessOptions): ProgramPlace {
  const { except } = options;
  const host = readHost();
  if (options.cpus) {
    const missing = subtract(options.cpus, allowedCpus(host));
    if (missing.length > 0 || options.cpus.length === 0)
      throw badInput(
        'cpus',
        formatCpulist(options.cpus),
        `CPUs that are online and allowed (${formatCpulist(allowedCpus(host))})`,
      );
    const threads = options.threadsPerWorker ?? options.cpus.length;
    const { set, kept } = workerEnvironment(threads, process.env, { except });
    const budget = computeBudget(host, { workers: 1, threadsPerWorker: threads }, process.env);
    const variables = { ...marked(set, process.env), ...exportedVariables(options.exports ?? [], budget, host) };
    return { cpus: options.cpus, memoryNode: null, variables, kept, shared: null };
  }
  const here = rankHere(host, options.rank);
  const { rank } = here;
  if (rank && !(rank.rank < rank.ranks)) throw badInput('rank', rank.rank, `a rank from 0 to ${rank.ranks - 1}`);
  const workers = rank?.ranks ?? 1;
  const { budget, kept, ranks } = planUnclaimed(host, { ...options, workers }, process.env, null, usableMemoryNodes());
  const mine = ranks[rank?.rank ?? 0]!;
  const { set } = workerEnvironment(budget.threadsPerWorker, process.env, { except });
  return {
    cpus: mine.place,
    memoryNode: mine.memoryNode,
    variables: { ...marked(set, process.env), ...exportedVariables(options.exports ?? [], budget, host) },
    kept,
    shared: sharedPlace(
      host,
      here,
      ranks.map(({ place }) => place),
    ),
  };
}
