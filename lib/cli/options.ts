import type { BudgetOptions } from '../core/budget/budget.js';
import type { Host } from '../core/machine/host.js';
import type { VerifyOptions } from '../runtime/pin-verifier.js';
import type { SupervisionOptions } from '../runtime/supervision.js';
import { readHost, readHostFile } from '../system/machine/host.js';
import type { FlagValues } from './flags/flag.js';

/** Flags as options of the library. */

export function budgetOptions(flags: FlagValues): BudgetOptions {
  const { workers, threadsPerWorker, reserve, physical, cores, memoryPerWorker } = flags;
  const counted = workers === 'auto' ? undefined : workers;
  return { workers: counted, threadsPerWorker, reserve, physical, cores, memoryPerWorker };
}

/** What is started: its budget, its places and its variables. */
export function startOptions(flags: FlagValues) {
  const { policy, near, share, lend, wait, export: exports, except } = flags;
  return { ...budgetOptions(flags), policy, near, share, lend, wait, exports, except };
}

export function lifecycleOptions(flags: FlagValues): SupervisionOptions & VerifyOptions {
  const { restarts, timeout, grace, verify: verifyEvery, enforce } = flags;
  return { restarts, timeout, grace, verifyEvery, enforce };
}

/** The machine that --host or --sysroot names; null: this one. */
export async function givenHost(flags: FlagValues): Promise<Host | null> {
  if (flags.host !== undefined) return readHostFile(flags.host);
  return flags.sysroot === undefined ? null : readHost({ sysroot: flags.sysroot });
}

export async function givenHostOrThis(flags: FlagValues): Promise<Host> {
  return (await givenHost(flags)) ?? readHost();
}
