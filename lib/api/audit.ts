import { setTimeout as pause } from 'node:timers/promises';
import { auditCensus, type Audit, type AuditedThread } from '../core/audit.js';
import { badInput, GovernorError } from '../errors.js';
import { readHost } from '../system/host.js';
import { readEnvironment, readThreads, readTree, requireProcess, type TreeProcess } from '../system/processes.js';

export interface AuditOptions {
  /** seconds that the threads are watched for; default 1 */
  window?: number | undefined;
  signal?: AbortSignal | undefined;
}

const SAMPLES = 20;

/** A thread, and in how many samples it ran or waited for a CPU. */
type Counted = Omit<AuditedThread, 'running'> & { times: number };
type Seen = Map<string, { process: TreeProcess; threads: Map<string, Counted> }>;

/**
 * Watches a process tree for a while and tells whether more of its threads want to run than there are CPUs.
 * The target is only read, never stopped; the calling process is left out where it is a descendant.
 * @throws GovernorError NO_SUCH_PROCESS, BAD_INPUT, UNREADABLE; the signal's reason where that is aborted
 */
export async function audit(pid: number, options: AuditOptions = {}): Promise<Audit> {
  const window = options.window ?? 1;
  if (!(window > 0 && window <= 3600)) throw badInput('window', window, 'seconds from above 0 to 3600');
  const root = requireProcess(pid);
  const host = readHost({ pid });
  const environment = readEnvironment(pid);
  let seen: Seen = new Map();
  for (let sample = 0; sample < SAMPLES; sample++) {
    if (sample > 0) await pause((window * 1000) / SAMPLES, undefined, options.signal ? { signal: options.signal } : {});
    seen = sampleTree(pid, root.startTime, seen);
  }
  const processes = [...seen.values()].map(({ process, threads }) => ({
    process,
    threads: [...threads.values()].map(({ times, ...thread }) => ({ ...thread, running: times / SAMPLES })),
  }));
  return auditCensus({ processes, environment }, host);
}

function sampleTree(pid: number, startTime: number, before: Seen): Seen {
  const tree = readTree(pid).filter(member => member.pid !== process.pid || pid === process.pid);
  if (tree[0]?.startTime !== startTime) throw new GovernorError('NO_SUCH_PROCESS', `pid ${pid} ended while it was audited; audit it while it works`, { pid });
  return new Map(tree.map(member => {
    const known = before.get(member.identity)?.threads;
    const threads = readThreads(member.pid).map(({ tid, startTime: started, comm, affinity, state }): [string, Counted] => {
      const key = `${tid}@${started}`;
      return [key, { tid, name: comm, affinity: affinity ?? [], times: (known?.get(key)?.times ?? 0) + (state === 'R' ? 1 : 0) }];
    });
    return [member.identity, { process: member, threads: new Map(threads) }];
  }));
}
