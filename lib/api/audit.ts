import { auditCensus, type Audit } from '../core/audit/audit.js';
import { badInput } from '../errors.js';
import { readHost } from '../system/machine/host.js';
import { requireProcess } from '../system/processes/processes.js';
import { watchTree } from '../system/audit/watch-tree.js';

export interface AuditOptions {
  /** seconds that the threads are watched for; default 1 */
  window?: number | undefined;
  signal?: AbortSignal | undefined;
}

/**
 * Watches a process tree for a while: who made its threads, what they want of the CPUs, whether that is too much, and
 * what to change. The target is only read, never stopped; no child process is started, and the reading is done off the
 * main thread. The calling process is left out where it is a descendant.
 * @throws GovernorError NO_SUCH_PROCESS, BAD_INPUT, HOST_UNREADABLE; the signal's reason where that is aborted
 */
export async function audit(pid: number, options: AuditOptions = {}): Promise<Audit> {
  const window = options.window ?? 1;
  if (!(window > 0 && window <= 3600)) throw badInput('window', window, 'seconds from above 0 to 3600');
  options.signal?.throwIfAborted();
  const root = requireProcess(pid);
  const host = readHost({ pid });
  return auditCensus(await watchTree(root, host, window, options.signal), host);
}
