import type { Budget } from '../../core/budget/budget.js';
import { adviceLine, weightLine } from '../warnings.js';
import { printable } from '../printable.js';
import { formatTable } from '../table.js';

/** The budget for people: the result, every limit that was looked at, and the same start ungoverned. */
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
    `${workers} worker${workers === 1 ? '' : 's'} × ${threadsPerWorker} thread${threadsPerWorker === 1 ? '' : 's'} each`,
    `reserve: ${reserve.cpus} CPU${reserve.cpus === 1 ? '' : 's'} (${reserve.reason})`,
    `expected: ${expected.low}-${expected.high} threads in all`,
    `ungoverned: ${ungoverned.threads} threads (${workers} × ${ungoverned.threadsPerWorker} + 1); each worker would take ${libraries.join(', ')}`,
    '',
    limits,
    '* decided',
    ...(budget.weight ? [printable(weightLine(budget.weight))] : []),
    ...budget.advice.map(advice => adviceLine(advice)),
  ].join('\n');
}
