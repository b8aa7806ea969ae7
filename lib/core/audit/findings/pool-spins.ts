import type { AuditedProcess, AuditedThread, AuditFinding } from '../audited.js';
import { SPINNING_VARIABLES } from '../../budget/library-variables.js';
import type { Environment } from '../../environment.js';
import { grouped, wanted, type Audited } from './common/input.js';
import { count } from '../../text.js';
import { named } from './common/words.js';

/**
 * Pools whose caller works too, and waits for the rest in the same call: if it sleeps all the time, there is no work.
 * That does not follow for pools that let their caller go on or sleep (rayon, TBB, onnxruntime).
 */
const CALLER_WORKS = ['libgomp', 'libomp', 'libiomp5', 'OpenBLAS', 'BLIS', 'MKL'];
/** Mean share of the window that a spinning pool's threads want a CPU, at least. */
const BUSY_SHARE = 0.8;
/** Share of the window below which a thread that could give the pool work sleeps. */
const ASLEEP_SHARE = 0.1;

/** Threads without work that keep CPUs busy while they wait for work. */
export function poolSpins(audited: Audited): AuditFinding[] {
  return audited.processes.flatMap(process => {
    const isMade = (thread: AuditedThread) => thread.tid !== process.pid && CALLER_WORKS.includes(thread.owner.library);
    const made = process.threads.filter(isMade);
    const givers = process.threads.filter(thread => !isMade(thread));
    return grouped(made, thread => thread.owner.library)
      .filter(pool => spins(pool, givers, process.environment ?? {}))
      .map(pool => findingOf(process, pool, givers));
  });
}

function spins(pool: readonly AuditedThread[], givers: readonly AuditedThread[], environment: Environment): boolean {
  if (givers.length === 0 || mean(pool) < BUSY_SHARE) return false;
  if (givers.some(thread => wanted(thread) >= ASLEEP_SHARE)) return false;
  // By default a pool spins for at most 0.2 s. If no thread ran that could have given it work since, it is working.
  return spinsForLong(environment) || givers.some(thread => thread.run > 0);
}

/** As libgomp and libomp read these variables: a number of loops, or of milliseconds. */
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
  const busiest = Math.max(...givers.map(wanted));
  return {
    id: 'pool-spins',
    severity: 'costs',
    text:
      `${library}'s threads in ${named([process])} spin: ` +
      'they keep CPUs busy while every thread that could give them work sleeps.',
    evidence: [
      `${count(pool.length, 'thread')} on a CPU or waiting for one ${percent(mean(pool))} of the time`,
      `the busiest other thread ${percent(busiest)}`,
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
