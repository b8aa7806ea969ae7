import type { AuditedProcess } from '../audited.js';

/** Share of the window from which a thread never sleeps of its own will. */
const NEVER_SLEEPS = 0.9;
/** Share of the window from which a thread counts as one that works. */
export const WORKS = 0.05;

interface Use {
  run: number;
  wait: number;
}

export function wantOf(uses: readonly Use[]): number {
  return uses.reduce((sum, { run, wait }) => sum + run + wait, 0);
}

/**
 * CPUs that a thread would use if none were missing, 0 to 1: it runs and sleeps in the same proportion, and the time
 * for which it waits now goes to both.
 */
export function needOf({ run, wait }: Use): number {
  if (run + wait >= NEVER_SLEEPS) return 1;
  return Math.min(1, run / Math.max(0.01, 1 - wait));
}

/** The same for a process, which may count as one thread at most. */
export function loneNeedOf(process: AuditedProcess): number {
  const needed = process.threads.reduce((sum, thread) => sum + needOf(thread), 0);
  return needed >= NEVER_SLEEPS ? 1 : needed;
}
