import { worstFirst, type ProgramRecord } from '../core/audit/program-demand.js';
import { watchPrograms } from '../system/audit/watch-programs.js';
import { withOwnErrors } from '../system/os-errors.js';
import { watchedSeconds } from './checks.js';

/** How long `ps` watches, and what aborts it. */
export interface PsOptions {
  /** seconds for which the threads are watched, above 0 and up to 3600; default 1 */
  window?: number | undefined;
  /** aborts: the promise rejects */
  signal?: AbortSignal | undefined;
}

/**
 * Watches every program of the machine for `window` seconds and reports how many CPUs each wants, the most
 * over-subscribed first. Nothing is stopped and no special rights are needed. Kernel threads and the calling process
 * are left out.
 * @param options default: watch for 1 second
 * @throws GovernorError BAD_INPUT, HOST_UNREADABLE, NOT_SUPPORTED
 * @throws AbortError if `signal` is aborted while threads are watched, with the signal's reason as its `cause`; at any
 * other time, the reason itself
 */
export function ps(options: PsOptions = {}): Promise<ProgramRecord[]> {
  return withOwnErrors(listPrograms(options));
}

async function listPrograms(options: PsOptions): Promise<ProgramRecord[]> {
  const window = watchedSeconds('window', options.window);
  options.signal?.throwIfAborted();
  return worstFirst(await watchPrograms(window, options.signal));
}
