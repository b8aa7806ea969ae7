import { worstFirst, type ProgramRecord } from '../core/audit/program-demand.js';
import { badInput } from '../errors.js';
import { watchPrograms } from '../system/audit/watch-programs.js';

export interface PsOptions {
  /** seconds that the threads are watched for; default 1 */
  window?: number | undefined;
  signal?: AbortSignal | undefined;
}

/**
 * Watches every process tree of the machine for a while and tells what each wants of the CPUs, the worst first.
 * Nothing is stopped and nothing needs rights; the kernel's threads and the calling process are left out.
 * @throws GovernorError BAD_INPUT, HOST_UNREADABLE, NOT_SUPPORTED; the signal's reason where that is aborted
 */
export async function ps(options: PsOptions = {}): Promise<ProgramRecord[]> {
  const window = options.window ?? 1;
  if (!(window > 0 && window <= 3600)) throw badInput('window', window, 'seconds from above 0 to 3600');
  options.signal?.throwIfAborted();
  return worstFirst(await watchPrograms(window, options.signal));
}
