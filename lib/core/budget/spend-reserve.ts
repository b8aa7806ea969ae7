import type { Environment } from '../environment.js';
import type { Host } from '../machine/host.js';
import { computeBudget, type Budget, type BudgetOptions } from './budget.js';

/**
 * The budget for a number of workers that is known: they use up the default reserve before two of them share a CPU.
 * A reserve that the user asked for stays. One worker that is the whole program uses it up too: there is no parent
 * beside it to keep a CPU for.
 * @param workers how many will work; 0: unknown, so that the reserve stays
 * @param wholeProgram whether one worker is the whole program
 * @throws GovernorError BAD_INPUT
 */
export function computeBudgetFor(
  workers: number,
  host: Host,
  options: BudgetOptions,
  environment: Environment,
  wholeProgram = false,
): Budget {
  const budget = computeBudget(host, options, environment);
  const { usable } = budget;
  const isTeam = wholeProgram && workers === 1 && options.threadsPerWorker === undefined;
  const threadsPerWorker = isTeam ? usable : budget.threadsPerWorker;
  const wanted = workers * threadsPerWorker;
  if (workers === 0 || options.reserve !== undefined || wanted <= usable - budget.reserve.cpus) return budget;
  const reserve = Math.max(0, usable - wanted);
  const spent = computeBudget(host, { ...options, threadsPerWorker, reserve }, environment);
  const who = workers === 1 ? 'the only worker uses' : `the ${workers} workers use`;
  const reason = reserve === 0 ? `${who} it` : `${who} the rest of it`;
  return { ...spent, reserve: { cpus: reserve, reason, spent: budget.reserve.cpus - reserve } };
}
