import type { Budget } from '../../core/budget/budget.js';
import { count } from '../../core/text.js';
import { kindsLine } from './kinds.js';
import { adviceLine, weightLine } from '../warnings.js';
import { printable } from '../printable.js';
import { formatTable } from '../table.js';

/** The budget as text: the result, every limit, and what would start without the governor. */
export function formatBudget(budget: Budget): string {
  const { workers, threadsPerWorker, expected, ungoverned, reserve } = budget;
  const limits = formatTable(
    ['', 'LIMIT', 'WORKERS', 'FOUND', 'SOURCE'],
    budget.limits.map(limit => [
      limit.name === budget.winner ? '*' : '',
      limit.name,
      limit.workers,
      limit.found,
      printable(limit.source),
    ]),
    [2],
  );
  const libraries = ungoverned.libraries.map(
    library => `${library.library} ${library.threads}${library.variable ? ` (${library.variable})` : ''}`,
  );
  return [
    `${count(workers, 'worker')} × ${count(threadsPerWorker, 'thread')} each`,
    `reserve: ${count(reserve.cpus, 'CPU')} (${reserve.reason})`,
    ...(budget.kinds ? [kindsLine(budget.kinds, budget)] : []),
    `expected: ${expected.low}-${expected.high} threads in total`,
    `ungoverned: ${ungoverned.threads} threads (${workers} × ${ungoverned.threadsPerWorker} + ` +
      `${ungoverned.threads - workers * ungoverned.threadsPerWorker}); threads per worker: ${libraries.join(', ')}`,
    '',
    limits,
    '* decided',
    ...(budget.weight ? [printable(weightLine(budget.weight))] : []),
    ...budget.advice.map(advice => adviceLine(advice)),
  ].join('\n');
}
