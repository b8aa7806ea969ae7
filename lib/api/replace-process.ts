import { CHOSEN_CPUS } from '../core/machine/chosen-cpus.js';
import { formatCpulist, subtract, type Cpuset } from '../core/cpuset.js';
import { exportedVariables } from '../core/budget/exports.js';
import { allowedCpus, type Host } from '../core/machine/host.js';
import { planUnclaimed, type LaunchPlanOptions } from '../core/launch/launch-plan.js';
import { threadEnvironment, type KeptVariable } from '../core/budget/thread-variables.js';
import { boundRank } from '../core/launch/bound-rank.js';
import { localRank } from '../core/launch/local-rank.js';
import { badInput } from '../errors.js';
import { findCommand } from '../system/launch/command.js';
import { readHost } from '../system/machine/host.js';
import { usableMemoryNodes } from '../system/machine/memory-policy.js';
import { becomeProgram, startOf } from '../system/launch/start.js';

export interface ReplaceProcessOptions extends Omit<LaunchPlanOptions, 'workers'> {
  /** CPUs to become the program on; default: the place of this rank, alone all that the reserve leaves */
  cpus?: Cpuset | undefined;
  /** which rank of how many on this machine; default: as torchrun, Open MPI or Slurm say */
  rank?: { rank: number; ranks: number } | undefined;
  /** told before, once for each variable of the user that stays */
  onKept?: ((variable: KeptVariable) => void) | undefined;
}

/**
 * Pins this process and becomes the program: the same pid, no Node left, and all that the user's shell would have given
 * it as it was. Returns by an error alone.
 * @throws GovernorError BAD_INPUT, COMMAND_NOT_FOUND, COMMAND_NOT_EXECUTABLE, HOST_UNREADABLE
 */
export function replaceProcess(command: readonly string[], options: ReplaceProcessOptions = {}): never {
  if (command.length === 0) throw badInput('command', '', 'a program and its arguments');
  findCommand(command[0]!, process.env);
  const { cpus, memoryNode, variables, kept } = placeOf(options);
  for (const variable of kept) options.onKept?.(variable);
  becomeProgram(
    startOf(command, { ...process.env, ...variables, [CHOSEN_CPUS]: formatCpulist(cpus) }, { cpus, memoryNode }),
  );
}

interface Placed {
  cpus: Cpuset;
  memoryNode: number | null;
  variables: Record<string, string>;
  kept: readonly KeptVariable[];
}

/** As the launcher around us says; it may have shared out the CPUs itself. */
function rankHere(host: Host): { rank: number; ranks: number } | null {
  const local = localRank(process.env);
  return local && (boundRank(local, process.env, host) ?? local);
}

function placeOf(options: ReplaceProcessOptions): Placed {
  const host = readHost();
  const rank = options.rank ?? rankHere(host);
  if (options.cpus) {
    const missing = subtract(options.cpus, allowedCpus(host));
    if (missing.length > 0)
      throw badInput(
        'cpus',
        formatCpulist(options.cpus),
        `CPUs that are online and allowed (${formatCpulist(allowedCpus(host))})`,
      );
    const threads = options.threadsPerWorker ?? options.cpus.length;
    const { set, kept } = threadEnvironment({ workers: 1, threads }, process.env);
    return { cpus: options.cpus, memoryNode: null, variables: set, kept };
  }
  if (rank && !(rank.rank < rank.ranks)) throw badInput('rank', rank.rank, `a rank from 0 to ${rank.ranks - 1}`);
  const workers = rank?.ranks ?? 1;
  const { budget, kept, ranks } = planUnclaimed(host, { ...options, workers }, process.env, null, usableMemoryNodes());
  const mine = ranks[rank?.rank ?? 0]!;
  const { set } = threadEnvironment({ workers, threads: budget.threadsPerWorker }, process.env);
  return {
    cpus: mine.place,
    memoryNode: mine.memoryNode,
    variables: { ...set, ...exportedVariables(options.exports ?? [], budget, host) },
    kept,
  };
}
