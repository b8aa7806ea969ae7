import { computeBudget, type Budget, type BudgetOptions } from '../core/budget/budget.js';
import type { Host } from '../core/machine/host.js';
import type { Environment } from '../core/environment.js';
import { readHost } from '../system/machine/host.js';

/** What `budget` takes besides the options of every budget. */
export interface HostBudgetOptions extends BudgetOptions {
  /** default: this machine, read now */
  host?: Host | undefined;
  /** the variables that libraries would see; default: this process's */
  environment?: Environment | undefined;
}

/**
 * Computes how many workers to start and how many threads each, and names the limit that decides.
 * @throws GovernorError BAD_INPUT, HOST_UNREADABLE
 */
export function budget(options: HostBudgetOptions = {}): Budget {
  return computeBudget(options.host ?? readHost(), options, options.environment ?? process.env);
}
