import { equal, formatCpulist, type Cpuset } from '../../core/cpuset.js';
import { GovernorError } from '../../errors.js';

/** What the workers of a pool are started with. */
export interface WorkerSetup {
  argv?: readonly string[] | undefined;
  execArgv?: readonly string[] | undefined;
  env: NodeJS.ProcessEnv;
  /** worker threads only */
  workerData?: unknown;
  /** for each worker, the NUMA node whose memory it should prefer */
  memoryNodes: readonly (number | null)[];
  /** worker threads only: ends the start, also of a worker that never gets to the script */
  signal?: AbortSignal | undefined;
}

/** @param held the affinities of a worker's threads @throws GovernorError PIN_NOT_HELD */
export function requireHeld(index: number, cpus: Cpuset, held: readonly Cpuset[]): void {
  const other = held.find(affinity => !equal(affinity, cpus));
  if (other)
    throw new GovernorError(
      'PIN_NOT_HELD',
      `worker ${index}: pinned to CPUs ${formatCpulist(cpus)}, but one of its threads may use ${formatCpulist(other)}`,
    );
}

/** PIN_NOT_HELD if that was the cause, which may come from a worker thread as a plain Error; else WORKER_FAILED. */
export function workerFailed(index: number, why: string, cause?: unknown): GovernorError {
  const pinNotHeld = cause instanceof Error && (cause as { code?: unknown }).code === 'PIN_NOT_HELD';
  return new GovernorError(pinNotHeld ? 'PIN_NOT_HELD' : 'WORKER_FAILED', `worker ${index}: ${why}`, { cause });
}
