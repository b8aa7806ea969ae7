import { computeBudget, type Budget, type BudgetOptions } from '../core/budget.js';
import type { Host } from '../core/host.js';
import type { Environment } from '../core/thread-variables.js';
import { readHost } from '../system/host.js';

/**
 * How many workers to start, how many threads each, and why.
 * @param options `host`: default this machine; `environment`: default this process's
 * @throws GovernorError BAD_INPUT, UNREADABLE
 */
export function budget(options: BudgetOptions & { host?: Host; environment?: Environment } = {}): Budget {
  return computeBudget(options.host ?? readHost(), options, options.environment ?? process.env);
}
