import type { AuditedProcess } from '../audited.js';

/** Share of the window from which a thread never sleeps voluntarily. */
const NEVER_SLEEPS = 0.9;
/** Share of the window from which a thread counts as one that works. */
export const WORKS = 0.05;

interface Use {
  run: number;
  wait: number;
}

/** A use, and the share of the window during which the thread existed. */
interface LimitedUse extends Use {
  present: number;
}

export function wantOf(uses: readonly Use[]): number {
  return uses.reduce((sum, { run, wait }) => sum + run + wait, 0);
}

/**
 * CPUs that a thread would use if none were missing, up to the share of the window for which it existed: it runs and
 * sleeps in the same proportion, and the time for which it waits now goes to both.
 */
export function needOf({ run, wait, present }: LimitedUse): number {
  if (run + wait >= NEVER_SLEEPS * present) return present;
  return Math.min(present, (present * run) / Math.max(0.01, present - wait));
}

/** The same for a process, which may count as one thread at most. */
export function loneNeedOf(process: AuditedProcess): number {
  const present = presenceOf(process);
  const needed = process.threads.reduce((sum, thread) => sum + needOf(thread), 0);
  return needed >= NEVER_SLEEPS * present ? present : needed;
}

/**
 * CPUs that a worker, with the processes that it has started, would use while it exists: jobs that follow each other
 * exist for a part of the window each.
 */
export function memberNeedOf(processes: readonly AuditedProcess[]): number {
  const needed = processes.reduce((sum, process) => sum + loneNeedOf(process), 0);
  return needed / Math.max(...processes.map(presenceOf));
}

/** Share of the window for which a process existed. */
function presenceOf({ threads }: AuditedProcess): number {
  return threads.length > 0 ? Math.max(...threads.map(({ present }) => present)) : 1;
}
