import { auditCensus, type Audit } from '../core/audit/audit.js';
import { readHost } from '../system/machine/host.js';
import { requireProcess } from '../system/processes/processes.js';
import { watchTree } from '../system/audit/watch-tree.js';
import { watchedSeconds } from './checks.js';

/** What `audit` takes besides the pid. */
export interface AuditOptions {
  /** seconds that the threads are watched for, above 0 and up to 3600; default 1 */
  window?: number | undefined;
  /** aborts the audit: the promise rejects with its reason */
  signal?: AbortSignal | undefined;
}

/**
 * Watches a process and its descendants for a while, and reports which library created each thread, how many CPUs the
 * threads want, whether that is too many, and what to change. The processes are only read, never stopped. No child
 * process is started, and the reading happens off the main thread. A calling process that is a descendant is left out.
 * @param pid the root of the tree
 * @throws GovernorError NO_SUCH_PROCESS, also for a process that ends meanwhile; BAD_INPUT, HOST_UNREADABLE
 * @throws the signal's reason if `signal` is aborted
 */
export async function audit(pid: number, options: AuditOptions = {}): Promise<Audit> {
  const window = watchedSeconds('window', options.window);
  options.signal?.throwIfAborted();
  const root = requireProcess(pid);
  const host = readHost({ pid });
  return auditCensus(await watchTree(root, host, window, options.signal), host);
}
