import { computeBudget, type Budget, type BudgetOptions } from '../core/budget/budget.js';
import type { Host } from '../core/machine/host.js';
import type { Environment } from '../core/environment.js';
import { readHost } from '../system/machine/host.js';

/** The machine that `budget` divides, and the options of every budget. */
export interface HostBudgetOptions extends BudgetOptions {
  /** the machine; default: this one, read now */
  host?: Host | undefined;
  /** the variables that libraries would see; GOVERNOR_CPUS in them narrows the host; default: this process's */
  environment?: Environment | undefined;
}

/**
 * Computes how many workers to start and how many threads each, and names the limit that decides.
 * @param options default: as many workers with one thread as this machine has room for
 * @throws GovernorError BAD_INPUT, HOST_UNREADABLE
 */
export function budget(options: HostBudgetOptions = {}): Budget {
  return computeBudget(options.host ?? readHost(), options, options.environment ?? process.env);
}
