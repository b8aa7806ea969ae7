import type { Environment } from '../environment.js';
import type { Host } from '../machine/host.js';
import { computeBudget, type Budget, type BudgetOptions } from './budget.js';

/**
 * The budget for a number of workers that is known: they use up the default reserve before two of them share a CPU.
 * A reserve that the user asked for stays.
 * @param workers how many will work; 0: unknown, so that the reserve stays
 * @throws GovernorError BAD_INPUT
 */
export function computeBudgetFor(
  workers: number,
  host: Host,
  options: BudgetOptions,
  environment: Environment,
): Budget {
  const budget = computeBudget(host, options, environment);
  const { threadsPerWorker, usable } = budget;
  const wanted = workers * threadsPerWorker;
  if (workers === 0 || options.reserve !== undefined || wanted <= usable - budget.reserve.cpus) return budget;
  const reserve = Math.max(0, usable - wanted);
  const spent = computeBudget(host, { ...options, threadsPerWorker, reserve }, environment);
  const reason = reserve === 0 ? `the ${workers} workers use it` : `the ${workers} workers use the rest of it`;
  return { ...spent, reserve: { cpus: reserve, reason, spent: budget.reserve.cpus - reserve } };
}
