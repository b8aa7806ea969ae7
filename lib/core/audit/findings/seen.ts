import type { AuditedPool, AuditedProcess, AuditedThread } from '../audited.js';
import { intersect, subtract, union, type Cpuset } from '../../cpuset.js';
import { onlineCpus, type Host } from '../../machine/host.js';

/** A process outside of the tree that is confined to few CPUs. */
export interface ConfinedProcess {
  pid: number;
  command: string;
  affinity: Cpuset;
  /** CPUs' worth of time that it uses */
  run: number;
}

/** A limit of processes and threads, and how many of them there are. */
export interface PidsUse {
  limit: number;
  used: number;
  /** `RLIMIT_NPROC`, or the file that it was read from */
  source: string;
}

/** What findings are made from. */
export interface Audited {
  host: Host;
  /** the root first */
  processes: readonly AuditedProcess[];
  pools: readonly AuditedPool[];
  strangers: readonly ConfinedProcess[];
  /** limits beside the host's own, which it tells by itself */
  pids: readonly PidsUse[];
}

export function workersOf(seen: Audited): AuditedProcess[] {
  return seen.processes.filter(process => process.role === 'worker');
}

export function mainThread(process: AuditedProcess): AuditedThread | null {
  return process.threads.find(thread => thread.tid === process.pid) ?? null;
}

/** CPUs that any of the process's threads may use; empty where all have ended. */
export const affinityOf = remembered(
  (process: AuditedProcess): Cpuset => union(process.threads.map(thread => thread.affinity)),
);

/** CPUs that the control group and the machine leave, whatever the affinity. */
export function usableCpus(host: Host): Cpuset {
  return host.limits.cpuset ? intersect(onlineCpus(host), host.limits.cpuset.value) : onlineCpus(host);
}

/** Names of the libraries that are loaded in it, or that have made a thread of it. */
export const librariesOf = remembered(
  (process: AuditedProcess): ReadonlySet<string> =>
    new Set([
      ...process.modules.flatMap(module => module.library ?? []),
      ...process.threads.map(thread => thread.owner.library),
    ]),
);

/** Every finding asks the same of each process, and there may be thousands. */
function remembered<Answer>(ask: (process: AuditedProcess) => Answer): (process: AuditedProcess) => Answer {
  const answers = new WeakMap<AuditedProcess, Answer>();
  return process => {
    let answer = answers.get(process);
    if (answer === undefined) answers.set(process, (answer = ask(process)));
    return answer;
  };
}

/** CPUs' worth of time that is wanted: got, and waited for. */
export function wanted({ run, wait }: { run: number; wait: number }): number {
  return run + wait;
}

/** Part of a set, and not all of it. The empty set, which says nothing, is not. */
export function isNarrower(cpus: Cpuset, than: Cpuset): boolean {
  return cpus.length > 0 && cpus.length < than.length && subtract(cpus, than).length === 0;
}

/** Items that have the same key, in the order in which keys appear. */
export function grouped<Item>(items: readonly Item[], keyOf: (item: Item) => string): Item[][] {
  const groups = new Map<string, Item[]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group) group.push(item);
    else groups.set(key, [item]);
  }
  return [...groups.values()];
}
