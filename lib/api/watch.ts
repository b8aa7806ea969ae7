import { auditCensus, type Audit } from '../core/audit/audit.js';
import type { Host } from '../core/machine/host.js';
import type { ProcessRecord } from '../core/records.js';
import { badInput, GovernorError } from '../errors.js';
import { readHost } from '../system/machine/host.js';
import { requireProcess } from '../system/processes/processes.js';
import { TreeWatch } from '../system/audit/watch-tree.js';

export interface WatchOptions {
  /** seconds that each audit is about; default 1 */
  interval?: number | undefined;
  signal?: AbortSignal | undefined;
}

/**
 * Audits a process tree over and over: each audit begins where the one before has ended, and what stays the same, such
 * as who made a thread, is not read anew. Ends when the program ends. The machine's limits are those of the start.
 * @throws GovernorError NO_SUCH_PROCESS, BAD_INPUT, HOST_UNREADABLE at once; the signal's reason where that is aborted
 */
export function watch(pid: number, options: WatchOptions = {}): AsyncGenerator<Audit, void, void> {
  const interval = options.interval ?? 1;
  if (!(interval > 0 && interval <= 3600)) throw badInput('interval', interval, 'seconds from above 0 to 3600');
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
