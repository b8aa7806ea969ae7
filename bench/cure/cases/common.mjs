// What the cases share.
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';

export { spans } from '../measure.mjs';

export const CPUS = availableParallelism();
/** Workers, or threads, as somebody starts them who does not count CPUs. */
export const MANY = Math.max(8, 2 * CPUS);

/** What an expert sets for workers of one thread. */
export const SERIAL = Object.fromEntries(
  ['OMP_NUM_THREADS', 'OPENBLAS_NUM_THREADS', 'MKL_NUM_THREADS', 'BLIS_NUM_THREADS'].map(name => [name, '1']),
);

export function program(name) {
  return fileURLToPath(new URL(`../programs/${name}`, import.meta.url));
}
