import { auditCensus, type Audit } from '../core/audit/audit.js';
import { readHost } from '../system/machine/host.js';
import { withOwnErrors } from '../system/os-errors.js';
import { requireProcess } from '../system/processes/processes.js';
import { watchTree } from '../system/audit/watch-tree.js';
import { watchedSeconds } from './checks.js';

/** How long `audit` watches, and what aborts it. */
export interface AuditOptions {
  /** seconds for which the threads are watched, above 0 and up to 3600; default 1 */
  window?: number | undefined;
  /** aborts the audit: the promise rejects */
  signal?: AbortSignal | undefined;
}

/**
 * Watches a process and its descendants for `window` seconds, and reports which library created each thread, how many
 * CPUs the threads want, whether that is too many, and what to change. The processes are only read, never stopped, by
 * a fork of this process that is left behind if one of them does not answer; the event loop stays free. The calling
 * process is left out if it is a descendant.
 * @param pid the root of the tree
 * @param options default: watch for 1 second
 * @throws GovernorError NO_SUCH_PROCESS, also if the process ends meanwhile; BAD_INPUT, HOST_UNREADABLE, NOT_SUPPORTED,
 * LIMIT_REACHED
 * @throws AbortError if `signal` is aborted while threads are watched, with the signal's reason as its `cause`; at any
 * other time, the reason itself
 */
export function audit(pid: number, options: AuditOptions = {}): Promise<Audit> {
  return withOwnErrors(auditTree(pid, options));
}

async function auditTree(pid: number, options: AuditOptions): Promise<Audit> {
  const window = watchedSeconds('window', options.window);
  options.signal?.throwIfAborted();
  const root = requireProcess(pid);
  const host = readHost({ pid });
  return auditCensus(await watchTree(root, host, window, options.signal), host);
}
