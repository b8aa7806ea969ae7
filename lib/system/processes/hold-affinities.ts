import { setImmediate as turn } from 'node:timers/promises';
import { equal } from '../../core/cpuset.js';
import { planRestore, type SavedTree, type Wanted } from '../../core/processes/saved-affinities.js';
import type { ProcessIdentity, ProcessRecord } from '../../core/processes/records.js';
import { GovernorError } from '../../errors.js';
import { mayPin, pinThread } from './affinity.js';
import { native } from '../native.js';
import { readThreads, readTree, type TreeProcess } from './processes.js';
import { readBoot } from './saved-files.js';
import { readStatus, userName } from './users.js';

/** When we give up on a tree that keeps starting processes elsewhere, such as a pool that starts one for each task. */
const MOST_ROUNDS = 50;

/** The io_uring threads of a process: Linux 5.12 to 6.3 does not allow anyone to pin them. */
const IO_URING_THREAD = /^iou-(wrk|sqp)-\d+$/;

/** The tree of a process, without our own process; empty if the root has ended. */
export function readTreeOf(root: ProcessRecord): TreeProcess[] {
  const tree = readTree(root.pid).filter(
    member => !member.kernel && (member.pid !== process.pid || root.pid === process.pid),
  );
  return tree[0]?.startTime === root.startTime ? tree : [];
}

/** The present affinity of every thread of some processes. */
export function readAffinities(processes: readonly ProcessIdentity[]): SavedTree {
  return {
    boot: readBoot(),
    processes: processes.map(({ pid, startTime }) => ({
      pid,
      startTime,
      threads: readThreads(pid).flatMap(({ tid, startTime: began, affinity }) =>
        affinity ? [{ tid, startTime: began, affinity }] : [],
      ),
    })),
  };
}

/**
 * Checks that we may pin every thread, without changing anything.
 * @throws GovernorError NOT_PERMITTED for the first process that we may not pin
 */
export function requireRights(tree: readonly ProcessRecord[]): void {
  for (const { pid, comm } of tree) {
    if (readThreads(pid).every(({ tid }) => mayPin(tid))) continue;
    const descendant = pid === tree[0]!.pid ? '' : `, a descendant of ${tree[0]!.pid}`;
    throw new GovernorError(
      'NOT_PERMITTED',
      `cannot pin pid ${pid} (${comm})${descendant}: ${whyRefused(pid)}; nothing was changed`,
      { pid, syscall: 'sched_setaffinity' },
    );
  }
}

function whyRefused(pid: number): string {
  const { uid } = readStatus(pid);
  if (uid === process.geteuid!()) return 'it has capabilities that we lack; run with CAP_SYS_NICE (sudo)';
  const user = uid === null ? 'another user' : (userName(uid) ?? `user ${uid}`);
  return `it belongs to ${user}; run as that user, or with CAP_SYS_NICE (sudo)`;
}

/**
 * Gives every thread its wanted affinity, and repeats until nothing is left to change, which proves that the affinities
 * hold. If that fails, restores all threads to what they had before.
 * @param look what is wanted now; processes that have ended are no error
 * @returns false if every round found new threads to pin
 * @throws GovernorError PIN_NOT_HELD, NOT_PERMITTED; the signal's reason if it is aborted
 */
export async function holdAffinities(
  root: ProcessRecord,
  before: SavedTree,
  look: () => readonly Wanted[],
  signal?: AbortSignal,
): Promise<boolean> {
  try {
    return await untilHeld(
      look,
      (error, pid) => {
        const text = `pid ${pid}: ${error.message}; all affinities were restored`;
        throw new GovernorError(error.code, text, { ...error.details, cause: error.cause });
      },
      signal,
    );
  } catch (error) {
    await untilHeld(
      () => planRestore(before, readTreeOf(root)),
      () => undefined,
    );
    throw error;
  }
}

async function untilHeld(
  look: () => readonly Wanted[],
  failed: (error: GovernorError, pid: number) => void,
  signal?: AbortSignal,
): Promise<boolean> {
  for (let round = 0; round < MOST_ROUNDS; round++) {
    signal?.throwIfAborted();
    const changed = look().map(wanted => pinThreads(wanted, failed));
    if (!changed.includes(true)) return true;
    await turn();
  }
  return false;
}

/** @returns whether it changed anything */
function pinThreads(
  { pid, startTime, affinityOf }: Wanted,
  failed: (error: GovernorError, pid: number) => void,
): boolean {
  const others = readThreads(pid).filter(thread => thread.affinity && !equal(thread.affinity, affinityOf(thread)));
  if (others.length === 0 || native.process(pid)?.startTime !== startTime) return false;
  return others
    .map(thread => {
      try {
        pinThread(thread.tid, affinityOf(thread));
        return true;
      } catch (error) {
        if (!(error instanceof GovernorError)) throw error;
        if (error.code !== 'NO_SUCH_PROCESS' && !(error.code === 'PIN_NOT_HELD' && IO_URING_THREAD.test(thread.comm)))
          failed(error, pid);
        return false;
      }
    })
    .includes(true);
}
