import type { Measured } from '../core/measured.js';
import type { Budget } from '../core/budget.js';

/** One line: what was measured, against what the banner expected. */
export function formatMeasured(measured: Measured, { expected }: Pick<Budget, 'expected'>): string {
  const { workers, places, threads, ratio } = measured;
  const against = threads > expected.high ? 'more than' : threads < expected.low ? 'below' : 'within';
  return `${workers} worker${workers === 1 ? '' : 's'} on ${places} place${places === 1 ? '' : 's'}; `
    + `${threads} threads, ${against} the ${expected.low}-${expected.high} expected; running threads ÷ CPUs = ${ratio.toFixed(2)}`;
}
