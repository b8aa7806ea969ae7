import type { RunMeasurement } from '../../core/launch/measured.js';
import type { Budget } from '../../core/budget/budget.js';
import { count } from '../../core/text.js';

/** One line that compares what was measured with what the banner expected. */
export function formatMeasured(measured: RunMeasurement, { expected }: Pick<Budget, 'expected'>): string {
  const { workers, places, threads, working, demand } = measured;
  const range = `${expected.low}-${expected.high} expected`;
  const slept = `of which ${threads - working} slept all the time; ${range}`;
  const against =
    threads < expected.low
      ? `below the ${range}`
      : threads <= expected.high
        ? `within the ${range}`
        : working <= expected.high
          ? slept
          : `more than the ${range}`;
  const who = workers === 0 ? 'no workers were found' : `${count(workers, 'worker')} on ${count(places, 'place')}`;
  return `${who}; ${threads} threads, ${against}; running threads ÷ CPUs = ${demand.toFixed(2)}`;
}
