import { GovernorError } from '../../errors.js';
import { equal, formatCpulist, type Cpuset } from '../../core/cpuset.js';
import { isOsError, native } from '../native.js';

/** Ends of a pin: how many threads it reached. 0 where the process has ended meanwhile. */
export type PinnedThreads = number;

/**
 * Pins a thread and reads it back: the kernel narrows a cpuset to what it allows, and calls that success.
 * @param tid 0: the calling thread
 * @throws GovernorError PIN_NOT_HELD, NOT_PERMITTED, NO_SUCH_PROCESS
 */
export function pinThread(tid: number, cpus: Cpuset): void {
  try {
    native.setAffinity(tid, cpus);
  } catch (error) {
    throw translated(error, tid, cpus);
  }
  const held = readAffinity(tid);
  if (!equal(held, cpus)) {
    throw new GovernorError(
      'PIN_NOT_HELD',
      `pin to CPUs ${formatCpulist(cpus)}: the kernel gave ${formatCpulist(held)}; ask for CPUs that are online and allowed (governor topology)`,
      { pid: tid, syscall: 'sched_setaffinity' },
    );
  }
}

/** CPUs that a thread may run on; tid 0: the calling one. @throws GovernorError NO_SUCH_PROCESS */
export function readAffinity(tid: number): Cpuset {
  try {
    return native.getAffinity(tid);
  } catch (error) {
    throw translated(error, tid, []);
  }
}

/**
 * Whether we may pin a thread: the kernel asks for the right before it looks at the cpuset, and refuses an empty one, so
 * that nothing changes. True for a thread that has ended.
 */
export function mayPin(tid: number): boolean {
  try {
    native.setAffinity(tid, []);
    return true;
  } catch (error) {
    if (isOsError(error)) return error.code !== 'EPERM';
    throw error;
  }
}

/**
 * Pins every thread of a process, listing again until none is new.
 * @param startTime of the process: another one that has got its pid is left alone
 */
export function pinProcess(pid: number, startTime: number, cpus: Cpuset): PinnedThreads {
  const done = new Set<number>();
  for (;;) {
    if (native.process(pid)?.startTime !== startTime) return 0;
    const fresh = threadsOf(pid).filter(tid => !done.has(tid));
    if (fresh.length === 0) return done.size;
    for (const tid of fresh) {
      done.add(tid);
      try {
        pinThread(tid, cpus);
      } catch (error) {
        if (!(error instanceof GovernorError && error.code === 'NO_SUCH_PROCESS')) throw error;
      }
    }
  }
}

/** Pins whoever has that pid now. One that ends meanwhile, or whose CPUs go once more, is left for the next look. */
export function pinWhoever(pid: number, cpus: Cpuset): void {
  const found = native.process(pid);
  if (!found) return;
  try {
    pinProcess(pid, found.startTime, cpus);
  } catch (error) {
    if (!(error instanceof GovernorError)) throw error;
  }
}

/**
 * Pin → start → restore: what `start` starts inherits the pin from its first instruction, because a child is
 * forked on the calling thread. The caller's own affinity comes back in any case.
 */
export function startPinned<T>(cpus: Cpuset, start: () => T): T {
  const before = readAffinity(0);
  try {
    pinThread(0, cpus);
    return start();
  } finally {
    native.setAffinity(0, before);
  }
}

function threadsOf(pid: number): number[] {
  try {
    return native.threads(pid).map(thread => thread.tid);
  } catch (error) {
    if (isOsError(error)) return [];
    throw error;
  }
}

function translated(error: unknown, tid: number, cpus: Cpuset): unknown {
  if (!isOsError(error)) return error;
  const details = { pid: tid, syscall: error.syscall, cause: error };
  const where = tid === 0 ? 'a thread' : `thread ${tid}`;
  switch (error.code) {
    case 'ESRCH':
      return new GovernorError('NO_SUCH_PROCESS', `${where} has ended`, details);
    case 'EPERM':
      return new GovernorError(
        'NOT_PERMITTED',
        `pin ${where}: not permitted; it belongs to another user (needs the same user or CAP_SYS_NICE)`,
        details,
      );
    case 'EINVAL':
      return new GovernorError(
        'PIN_NOT_HELD',
        `pin ${where} to CPUs ${formatCpulist(cpus)}: none of them is online and allowed (governor topology shows those that are)`,
        details,
      );
    case 'ENOTSUP':
      return new GovernorError('NOT_SUPPORTED', `pin ${where}: this platform has no affinity`, details);
    default:
      return new GovernorError('NOT_PERMITTED', error.message, details);
  }
}
