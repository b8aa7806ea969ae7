import type { AuditedPool, AuditedProcess, AuditedThread } from '../audited.js';
import { equal, intersect, subtract, union, type Cpuset } from '../cpuset.js';
import { onlineCpus, type Host } from '../host.js';

/** A process outside of the tree that is confined to few CPUs. */
export interface Stranger {
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
  strangers: readonly Stranger[];
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
export function affinityOf(process: AuditedProcess): Cpuset {
  return union(new Set(process.threads.map(thread => thread.affinity)));  // thousands of threads share a few sets
}

/** CPUs that the control group and the machine leave, whatever the affinity. */
export function usableCpus(host: Host): Cpuset {
  return host.limits.cpuset ? intersect(onlineCpus(host), host.limits.cpuset.value) : onlineCpus(host);
}

/** Names of the libraries that are loaded in it, or that have made a thread of it. */
export function librariesOf(process: AuditedProcess): Set<string> {
  return new Set([...process.modules.flatMap(module => module.library ?? []), ...process.threads.map(thread => thread.owner.library)]);
}

/** CPUs' worth of time that is wanted: got, and waited for. */
export function wanted({ run, wait }: { run: number; wait: number }): number {
  return run + wait;
}

/** Part of a set, and not all of it. The empty set, which says nothing, is not. */
export function isNarrower(cpus: Cpuset, than: Cpuset): boolean {
  return cpus.length > 0 && subtract(cpus, than).length === 0 && !equal(cpus, than);
}

/** Items that have the same key, in the order in which keys appear. */
export function grouped<Item>(items: readonly Item[], keyOf: (item: Item) => string): Item[][] {
  const groups = new Map<string, Item[]>();
  for (const item of items) {
    const key = keyOf(item);
    groups.set(key, [...groups.get(key) ?? [], item]);
  }
  return [...groups.values()];
}
