import type { AuditedPool, AuditedProcess, AuditedThread, FindingSeverity } from '../../audited.js';
import type { Environment } from '../../../environment.js';
import { subtract, union, type Cpuset } from '../../../cpuset.js';
import type { Host } from '../../../machine/host.js';
import type { StartedCommand } from '../../../processes/start-facts.js';

/** A process outside the tree that is confined to few CPUs. */
export interface ConfinedProcess {
  pid: number;
  command: string;
  affinity: Cpuset;
  /** CPUs used on average */
  run: number;
}

/** A process above the root. */
export interface Ancestor {
  pid: number;
  command: string;
  affinity: Cpuset;
  /** null if we may not read it */
  environment: Environment | null;
}

/** A limit on processes and threads, and how much of it is used. */
export interface PidsUse {
  limit: number;
  used: number;
  /** `RLIMIT_NPROC`, or the file that holds the limit */
  source: string;
}

/** The input of every finding. */
export interface Audited {
  host: Host;
  /** the root first */
  processes: readonly AuditedProcess[];
  pools: readonly AuditedPool[];
  /** how the root is started again; null: unknown */
  start: StartedCommand | null;
  strangers: readonly ConfinedProcess[];
  /** the root's parent first */
  ancestors: readonly Ancestor[];
  /** limits other than the host's own, `host.limits.pids` */
  pids: readonly PidsUse[];
}

export function workersOf(audited: Audited): AuditedProcess[] {
  return audited.processes.filter(process => process.role === 'worker');
}

export function mainThread(process: AuditedProcess): AuditedThread | null {
  return process.threads.find(thread => thread.tid === process.pid) ?? null;
}

/** CPUs that any thread of the process may use; empty if all threads have ended. */
export const affinityOf = remembered(
  (process: AuditedProcess): Cpuset => union(process.threads.map(thread => thread.affinity)),
);

/** Names of the libraries that the process has loaded, or that created one of its threads. */
export const librariesOf = remembered(
  (process: AuditedProcess): ReadonlySet<string> =>
    new Set([
      ...process.modules.flatMap(module => module.library ?? []),
      ...process.threads.map(thread => thread.owner.library),
    ]),
);

/** Caches an answer per process, or per list: every finding asks the same, and there may be thousands of processes. */
export function remembered<Asked extends object, Answer>(ask: (about: Asked) => Answer): (about: Asked) => Answer {
  const answers = new WeakMap<Asked, Answer>();
  return about => {
    let answer = answers.get(about);
    if (answer === undefined) answers.set(about, (answer = ask(about)));
    return answer;
  };
}

/** CPUs wanted: time on a CPU and time waiting for one, as a share of the window. */
export function wanted({ run, wait }: { run: number; wait: number }): number {
  return run + wait;
}

/** CPUs wanted below which a thread, a pool or a process counts as asleep. */
export const BUSY_CPUS = 0.1;

/** Whether what is wrong with these threads, pools or processes costs time: not if they sleep. */
export function severityOf(concerned: readonly { run: number; wait: number }[]): FindingSeverity {
  return concerned.reduce((sum, one) => sum + wanted(one), 0) >= BUSY_CPUS ? 'costs' : 'remark';
}

/** Whether `cpus` is a proper subset of `than`. The empty set means unknown, so it is not. */
export function isNarrower(cpus: Cpuset, than: Cpuset): boolean {
  return cpus.length > 0 && cpus.length < than.length && subtract(cpus, than).length === 0;
}

/** Items grouped by key, groups in the order of their first item. */
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
