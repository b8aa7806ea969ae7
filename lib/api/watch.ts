import { auditCensus, type Audit } from '../core/audit/audit.js';
import type { Host } from '../core/machine/host.js';
import type { ProcessRecord } from '../core/records.js';
import { GovernorError } from '../errors.js';
import { readHost } from '../system/machine/host.js';
import { requireProcess } from '../system/processes/processes.js';
import { TreeWatch } from '../system/audit/watch-tree.js';
import { watchedSeconds } from './checks.js';

/** What `watch` takes besides the pid. */
export interface WatchOptions {
  /** seconds from one audit to the next, above 0 and up to 3600; default 1 */
  interval?: number | undefined;
  /** ends the watch: the generator rejects with its reason */
  signal?: AbortSignal | undefined;
}

/**
 * Audits a process tree again and again. Each audit begins where the last one ended, and what cannot change, such as
 * the library that created a thread, is read only once. The generator ends when the program ends. The machine's limits
 * are those at the start.
 * @param pid the root of the tree
 * @throws GovernorError NO_SUCH_PROCESS, BAD_INPUT, HOST_UNREADABLE when it is called
 * @throws the signal's reason if `signal` is aborted
 */
export function watch(pid: number, options: WatchOptions = {}): AsyncGenerator<Audit, void, void> {
  const interval = watchedSeconds('interval', options.interval);
  options.signal?.throwIfAborted();
  return audits(requireProcess(pid), readHost({ pid }), interval, options.signal);
}

async function* audits(
  root: ProcessRecord,
  host: Host,
  interval: number,
  signal?: AbortSignal,
): AsyncGenerator<Audit, void, void> {
  try {
    const watch = await TreeWatch.begin(root, host);
    for (;;) yield auditCensus(await watch.next(interval, signal), host);
  } catch (error) {
    if (!(error instanceof GovernorError && error.code === 'NO_SUCH_PROCESS')) throw error;
  }
}
