import { setImmediate as turn } from 'node:timers/promises';
import { equal } from '../../core/cpuset.js';
import { planRestore, type SavedTree, type Wanted } from '../../core/processes/saved-affinities.js';
import type { ProcessRecord } from '../../core/records.js';
import { GovernorError } from '../../errors.js';
import { mayPin, pinThread } from './affinity.js';
import { native } from '../native.js';
import { readThreads, readTree, type TreeProcess } from './processes.js';
import { readBoot } from './saved-affinities.js';
import { readStatus, readUserNames } from './users.js';

/** Looks at a tree that goes on starting processes elsewhere than wanted, such as a pool with a new process for each task. */
const MOST_LOOKS = 50;

/** Threads of io_uring in a process, which Linux 5.12 to 6.3 lets nobody pin. */
const KERNELS_OWN = /^iou-(wrk|sqp)-\d+$/;

/** The tree of a process without us; empty where it has ended. */
export function readTreeOf(root: ProcessRecord): TreeProcess[] {
  const tree = readTree(root.pid).filter(
    member => !member.kernel && (member.pid !== process.pid || root.pid === process.pid),
  );
  return tree[0]?.startTime === root.startTime ? tree : [];
}

/** What all threads of some processes may use now. */
export function readAffinities(processes: readonly Pick<ProcessRecord, 'pid' | 'startTime'>[]): SavedTree {
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
 * Asks whether all threads may be pinned; changes nothing.
 * @throws GovernorError NOT_PERMITTED for the first process that may not
 */
export function requireRights(tree: readonly ProcessRecord[]): void {
  for (const { pid, comm } of tree) {
    if (readThreads(pid).every(({ tid }) => mayPin(tid))) continue;
    const which = pid === tree[0]!.pid ? '' : `, which ${tree[0]!.pid} has started,`;
    throw new GovernorError(
      'NOT_PERMITTED',
      `pid ${pid} (${comm})${which} ${whyRefused(pid)} (sudo); nothing was changed`,
      { pid, syscall: 'sched_setaffinity' },
    );
  }
}

function whyRefused(pid: number): string {
  const { uid } = readStatus(pid);
  if (uid === process.geteuid!())
    return 'has capabilities that we do not have, so we may not pin it: it needs CAP_SYS_NICE';
  const whose = uid === null ? 'another user' : (readUserNames().get(uid) ?? `user ${uid}`);
  return `belongs to ${whose}, and we may not pin it: it needs that user, or CAP_SYS_NICE`;
}

/**
 * Gives every thread what is wanted for it, looking again until nothing is left to change: that is the proof that it holds.
 * Where that fails all threads get back what they had.
 * @param look what is wanted now; processes that have ended are no error
 * @returns false where new ones came up at every look
 * @throws GovernorError PIN_NOT_HELD, NOT_PERMITTED; the signal's reason where that is aborted meanwhile
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
        const text = `pid ${pid}: ${error.message}; all threads have got back what they had`;
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
  for (let looks = 0; looks < MOST_LOOKS; looks++) {
    signal?.throwIfAborted();
    const changed = look().map(wanted => pinThreads(wanted, failed));
    if (!changed.includes(true)) return true;
    await turn();
  }
  return false;
}

/** @returns whether anything was changed */
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
        if (error.code !== 'NO_SUCH_PROCESS' && !(error.code === 'PIN_NOT_HELD' && KERNELS_OWN.test(thread.comm)))
          failed(error, pid);
        return false;
      }
    })
    .includes(true);
}
