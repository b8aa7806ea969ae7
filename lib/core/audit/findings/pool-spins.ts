import type { AuditedProcess, AuditedThread, AuditFinding } from '../audited.js';
import { SPINNING_VARIABLES } from '../../budget/library-variables.js';
import type { Environment } from '../../environment.js';
import { grouped, wanted, type Audited } from './seen.js';
import { counted, named } from './words.js';

/**
 * Pools whose caller works along, and waits for the rest in the same call. Where it sleeps all the time there is no work:
 * of a pool that takes work and lets its caller go on or sleep (rayon, TBB, onnxruntime) that cannot be said.
 */
const CALLER_WORKS = ['libgomp', 'libomp', 'libiomp5', 'OpenBLAS', 'BLIS', 'MKL'];
const BUSY = 0.8;
const ASLEEP = 0.1;

/** Threads without work that keep their CPUs, for the work that may come. */
export function poolSpins(seen: Audited): AuditFinding[] {
  return seen.processes.flatMap(process => {
    const isMade = (thread: AuditedThread) => thread.tid !== process.pid && CALLER_WORKS.includes(thread.owner.library);
    const made = process.threads.filter(isMade);
    const givers = process.threads.filter(thread => !isMade(thread));
    return grouped(made, thread => thread.owner.library)
      .filter(pool => spins(pool, givers, process.environment ?? {}))
      .map(pool => findingOf(process, pool, givers));
  });
}

function spins(pool: readonly AuditedThread[], givers: readonly AuditedThread[], environment: Environment): boolean {
  if (givers.length === 0 || mean(pool) < BUSY || givers.some(thread => wanted(thread) >= ASLEEP)) return false;
  // By default a pool spins for a fifth of a second at most: where nobody has given it anything meanwhile, it works.
  return spinsForLong(environment) || givers.some(thread => thread.run > 0);
}

/** As libgomp and libomp read it: a number of loops, or of milliseconds. */
function spinsForLong(environment: Environment): boolean {
  const is = (name: string, word: RegExp) => word.test(environment[name]?.trim() ?? '');
  return (
    is('OMP_WAIT_POLICY', /^active$/i) ||
    is('KMP_LIBRARY', /^turnaround$/i) ||
    is('KMP_BLOCKTIME', /^(inf.*|\d{4,}(ms)?)$/i) ||
    is('GOMP_SPINCOUNT', /^(inf.*|\d{9,}|\d{6,}k|\d{3,}m|\d+[gt])$/i)
  );
}

function mean(threads: readonly AuditedThread[]): number {
  return threads.reduce((sum, thread) => sum + wanted(thread), 0) / threads.length;
}

function findingOf(
  process: AuditedProcess,
  pool: readonly AuditedThread[],
  givers: readonly AuditedThread[],
): AuditFinding {
  const { library } = pool[0]!.owner;
  const environment = process.environment ?? {};
  const set = SPINNING_VARIABLES.filter(name => environment[name]).map(name => `${name}=${environment[name]}`);
  const percent = (share: number) => `${Math.round(100 * share)} %`;
  return {
    id: 'pool-spins',
    text: `${library}'s threads in ${named([process])} spin: they keep CPUs busy while every thread that could give them work sleeps.`,
    evidence: [
      `${counted(pool.length, 'thread')} on a CPU or waiting for one ${percent(mean(pool))} of the time, the busiest other thread ${percent(Math.max(...givers.map(wanted)))}`,
      ...set,
    ].join('; '),
    fix: fixOf(library),
    pids: [process.pid],
  };
}

function fixOf(library: string): string {
  if (library === 'OpenBLAS') return 'export OPENBLAS_THREAD_TIMEOUT=4';
  return library === 'libgomp' || library === 'BLIS'
    ? 'export OMP_WAIT_POLICY=passive'
    : 'export KMP_BLOCKTIME=0 OMP_WAIT_POLICY=passive';
}
