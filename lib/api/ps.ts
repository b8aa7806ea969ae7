import { worstFirst, type ProgramRecord } from '../core/audit/program-demand.js';
import { watchPrograms } from '../system/audit/watch-programs.js';
import { watchedSeconds } from './checks.js';

/** What `ps` takes. */
export interface PsOptions {
  /** seconds that the threads are watched for, above 0 and up to 3600; default 1 */
  window?: number | undefined;
  /** aborts: the promise rejects with its reason */
  signal?: AbortSignal | undefined;
}

/**
 * Watches every program of the machine for a while and reports how many CPUs each wants, the most over-subscribed
 * first. Nothing is stopped and no special rights are needed. Kernel threads and the calling process are left out.
 * @throws GovernorError BAD_INPUT, HOST_UNREADABLE, NOT_SUPPORTED
 * @throws the signal's reason if `signal` is aborted
 */
export async function ps(options: PsOptions = {}): Promise<ProgramRecord[]> {
  const window = watchedSeconds('window', options.window);
  options.signal?.throwIfAborted();
  return worstFirst(await watchPrograms(window, options.signal));
}
