import type { Environment } from '../environment.js';

/** The page through which a program lends and borrows CPUs. */
export const LEND_PAGE = 'GOVERNOR_LEND';

/**
 * OpenBLAS's threads wait for work by spinning, for 2^N clock cycles: here 0.1 ms, and not a tenth of a second, for
 * which they would keep a CPU that its owner wants back.
 */
const OPENBLAS_SPIN = '18';

/** What a program needs to borrow CPUs: the page, the library that is loaded into it, and threads that do not spin. */
export function lendVariables(page: string, library: string, environment: Environment): Record<string, string> {
  const loaded = environment['LD_PRELOAD'];
  return {
    [LEND_PAGE]: page,
    LD_PRELOAD: loaded ? `${loaded}:${library}` : library,
    ...(environment['OPENBLAS_THREAD_TIMEOUT'] === undefined ? { OPENBLAS_THREAD_TIMEOUT: OPENBLAS_SPIN } : {}),
  };
}
