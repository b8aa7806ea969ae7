import { computeBudget, type Budget, type BudgetOptions } from '../core/budget/budget.js';
import type { Host } from '../core/machine/host.js';
import type { Environment } from '../core/environment.js';
import { formatBanner } from '../report/budget/banner.js';
import { describeMachine } from '../system/machine/description.js';
import { readHost } from '../system/machine/host.js';

/** The machine and the budget that `banner` describes. */
export interface BannerOptions extends BudgetOptions {
  /** the machine; default: this one, read now */
  host?: Host | undefined;
  /** the variables that libraries would see; default: this process's */
  environment?: Environment | undefined;
  /** what to show as the budget; default: computed from the host and these options */
  budget?: Budget | undefined;
}

/**
 * Formats the banner that `governor run` prints: cores, budget, memory, GPUs, expected threads. Memory and GPUs of this
 * machine come from the systeminformation package, which runs programs such as nvidia-smi and is waited for at most 3
 * seconds: without its answer the memory comes from /proc/meminfo, and no GPU is shown. With a given host nothing is
 * read; its memory is shown, and its GPUs are not.
 * @param options default: this machine, its budget and this process's variables
 * @returns lines without a line break at the end
 * @throws GovernorError BAD_INPUT, HOST_UNREADABLE
 */
export async function banner(options: BannerOptions = {}): Promise<string> {
  const host = options.host ?? readHost();
  const budget = options.budget ?? computeBudget(host, options, options.environment ?? process.env);
  const described = options.host ? { memory: null, gpus: [] } : await describeMachine();
  return formatBanner(host, budget, { memory: described.memory ?? host.memory, gpus: described.gpus });
}
