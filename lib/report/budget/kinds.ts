import type { Budget } from '../../core/budget/budget.js';
import type { KindsOfCores } from '../../core/budget/kinds-of-cores.js';
import { count } from '../../core/text.js';

/** Which cores workers of several threads have on a machine with several kinds. */
export function kindsLine(
  { kinds, spanned, performance, all }: KindsOfCores,
  { workers, threadsPerWorker }: Pick<Budget, 'threadsPerWorker' | 'workers'>,
): string {
  const threads = `${count(threadsPerWorker, 'thread')}${workers === 1 ? '' : ' each'}`;
  if (!spanned)
    return `cores: ${threads} on cores of one kind, not ${all} on ${kinds} kinds; --cores all uses them all`;
  const fewer = performance < threadsPerWorker ? `; ${performance} would fit on cores of one kind` : '';
  return `cores: ${threads} on cores of ${kinds} kinds${fewer}`;
}
