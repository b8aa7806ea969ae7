import { computeBudget, type Budget, type BudgetOptions } from '../core/budget/budget.js';
import type { Host } from '../core/machine/host.js';
import type { Environment } from '../core/environment.js';
import { readHost } from '../system/machine/host.js';

/**
 * How many workers to start, how many threads each, and why.
 * @param options `host`: default this machine; `environment`: default this process's
 * @throws GovernorError BAD_INPUT, HOST_UNREADABLE
 */
export function budget(options: BudgetOptions & { host?: Host; environment?: Environment } = {}): Budget {
  return computeBudget(options.host ?? readHost(), options, options.environment ?? process.env);
}
