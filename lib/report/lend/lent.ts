import type { LentTime } from '../../core/lend/lent-time.js';

/** One line on what was lent, for the end of a run. */
export function formatLent({ seconds, timeline }: LentTime): string {
  const time = timeline.at(-1)?.to ?? 0;
  if (seconds < 0.05) return 'no CPU was lent: none was idle while another worker could use it';
  return `lent ${(seconds / Math.max(time, 0.1)).toFixed(1)} CPUs on average, ${seconds.toFixed(1)} CPU-seconds in all`;
}
