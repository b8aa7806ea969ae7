import { auditCensus, type Audit } from '../core/audit/audit.js';
import type { Host } from '../core/machine/host.js';
import type { ProcessRecord } from '../core/processes/records.js';
import { GovernorError } from '../errors.js';
import { cannot } from '../system/os-errors.js';
import { readHost } from '../system/machine/host.js';
import { requireProcess } from '../system/processes/processes.js';
import { TreeWatch } from '../system/audit/watch-tree.js';
import { watchedSeconds } from './checks.js';

/** How often `watch` audits, and what ends it. */
export interface WatchOptions {
  /**
   * seconds from one audit to the next, above 0 and up to 3600; default 1. An audit that is asked for late covers the
   * longer time since the last one; its `window` is that time.
   */
  interval?: number | undefined;
  /** ends the watch: the audit that is waited for rejects */
  signal?: AbortSignal | undefined;
}

/**
 * Audits a process tree again and again, each time from the end of the last audit. The library that created a thread is
 * read when the thread is new, and for all threads again after 10 seconds. The machine's limits are read once, at the
 * call. The generator ends when the program ends.
 * @param pid the root of the tree
 * @param options default: one audit a second, until the program ends
 * @throws GovernorError NO_SUCH_PROCESS, BAD_INPUT, HOST_UNREADABLE, NOT_SUPPORTED; all of them at the call
 * @throws AbortError if `signal` is aborted while threads are watched, with the signal's reason as its `cause`; at any
 * other time, the reason itself
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
    if (!(error instanceof GovernorError && error.code === 'NO_SUCH_PROCESS')) throw cannot('go on', error);
  }
}
