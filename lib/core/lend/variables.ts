import type { Environment } from '../environment.js';

/** The page through which a program lends and borrows CPUs. */
export const LEND_PAGE = 'GOVERNOR_LEND';

/**
 * Threads of a pool wait for work by spinning, and would keep a CPU that its owner wants back: OpenBLAS's for 2^26
 * clock cycles, libgomp's for 300,000 turns, LLVM's for 200 ms. Two pools of one program also keep each other from
 * working: torch is slower with two threads of OpenMP and two of OpenBLAS than with one of each.
 */
const SHORT_SPIN: Readonly<Record<string, string>> = {
  OPENBLAS_THREAD_TIMEOUT: '18',
  GOMP_SPINCOUNT: '1000',
  KMP_BLOCKTIME: '1',
};
/** With this the user has chosen how OpenMP's threads wait. */
const USERS_CHOICE = 'OMP_WAIT_POLICY';

/** What a program needs to borrow CPUs: the page, the library that is loaded into it, and threads that spin briefly. */
export function lendVariables(page: string, library: string, environment: Environment): Record<string, string> {
  const loaded = environment['LD_PRELOAD'];
  const chosen = environment[USERS_CHOICE] !== undefined;
  const spins = Object.entries(SHORT_SPIN).filter(
    ([name]) => environment[name] === undefined && !(chosen && name !== 'OPENBLAS_THREAD_TIMEOUT'),
  );
  return {
    [LEND_PAGE]: page,
    LD_PRELOAD: loaded ? `${loaded}:${library}` : library,
    ...Object.fromEntries(spins),
  };
}
