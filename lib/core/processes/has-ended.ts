import type { ProcessRecord } from './records.js';

/**
 * Whether a process has ended, and waits for its parent. One whose first thread has ended is shown as a zombie too, and
 * other threads of it may run: pthread_exit(3).
 * @param process without `threads`: it has no others
 */
export function hasEnded({ state, threads = 1 }: Pick<ProcessRecord, 'state'> & { threads?: number }): boolean {
  return state === 'X' || (state === 'Z' && threads < 2);
}
