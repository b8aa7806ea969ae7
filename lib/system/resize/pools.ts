import { constants } from 'node:os';
import { isChange, type ProcessWish } from '../../core/resize/plan.js';
import type { ChangedPoolsRecord, PoolsRecord } from '../../core/resize/records.js';
import type { ThreadsOfProcesses } from '../../core/processes/records.js';
import { readEach } from '../processes/read-each.js';
import { readThreads } from '../processes/processes.js';

/**
 * The pools of some processes that can be resized.
 * @throws the signal's reason, at once; GovernorError LIMIT_REACHED
 */
export function readPools(threads: ThreadsOfProcesses, signal?: AbortSignal): Promise<Map<number, PoolsRecord>> {
  return readEach<PoolsRecord>(
    threads.map(([pid]) => pid),
    left => ({ pools: threads.filter(([pid]) => left.has(pid)) }),
    (pid, why) => ({ pid, denied: constants.errno[why], truncated: '', pools: [] }),
    signal,
  );
}

/**
 * Writes the wanted sizes into the processes, each once.
 * @returns for each process with a change what became of it, in the order of its changes
 */
export function changePools(wishes: readonly ProcessWish[]): Promise<Map<number, ChangedPoolsRecord>> {
  const changed = wishes
    .map(process => ({ ...process, changes: process.wishes.filter(isChange) }))
    .filter(({ changes }) => changes.length > 0);
  return readEach<ChangedPoolsRecord>(
    changed.map(({ pid }) => pid),
    left => ({
      changes: changed
        .filter(({ pid }) => left.has(pid))
        .map(({ pid, startTime, changes }) => [
          pid,
          startTime,
          tidsOf(pid),
          changes.map(({ pool, threads }) => [pool.address, pool.threads, threads]),
        ]),
    }),
    (pid, why) => ({ pid, denied: constants.errno[why], failed: [] }),
  );
}

export function tidsOf(pid: number): number[] {
  return readThreads(pid).map(({ tid }) => tid);
}
