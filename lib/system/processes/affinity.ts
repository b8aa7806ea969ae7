import { GovernorError } from '../../errors.js';
import { equal, formatCpulist, type Cpuset } from '../../core/cpuset.js';
import { native, type OsError } from '../native.js';
import { causedBy, notSupported, onOsError, refusedCall } from '../os-errors.js';
import { readThreads } from './processes.js';

/**
 * Pins a thread and reads its affinity back: the kernel narrows a cpuset to the CPUs it allows and reports success.
 * @param tid 0: the calling thread
 * @throws GovernorError PIN_NOT_HELD, NOT_PERMITTED, NO_SUCH_PROCESS
 */
export function pinThread(tid: number, cpus: Cpuset): void {
  onOsError(
    () => native.setAffinity(tid, cpus),
    error => {
      throw affinityError(error, tid, cpus);
    },
  );
  const held = readAffinity(tid);
  if (!equal(held, cpus)) {
    const gave = `cannot pin to CPUs ${formatCpulist(cpus)}: the kernel gave ${formatCpulist(held)}`;
    throw new GovernorError(
      'PIN_NOT_HELD',
      `${gave}; use CPUs that are online and allowed (governor topology lists them)`,
      { pid: tid, syscall: 'sched_setaffinity' },
    );
  }
}

/** The CPUs that a thread may run on; tid 0: the calling thread. @throws GovernorError NO_SUCH_PROCESS */
export function readAffinity(tid: number): Cpuset {
  return onOsError<Cpuset>(
    () => native.getAffinity(tid),
    error => {
      throw affinityError(error, tid, []);
    },
  );
}

/**
 * Whether we may pin a thread; also true for one that has ended. The kernel checks the right before the cpuset, and
 * refuses an empty cpuset, so nothing changes.
 */
export function mayPin(tid: number): boolean {
  return onOsError(
    () => {
      native.setAffinity(tid, []);
      return true;
    },
    error => error.code !== 'EPERM',
  );
}

/**
 * Pins every thread of a process, listing the threads again until none is new.
 * @param startTime of the process: if another process has its pid now, that one is not touched
 * @returns how many threads were pinned; 0 if the process has ended
 */
export function pinProcess(pid: number, startTime: number, cpus: Cpuset): number {
  const done = new Set<number>();
  for (;;) {
    if (native.process(pid)?.startTime !== startTime) return 0;
    const found = readThreads(pid).filter(({ tid }) => !done.has(tid));
    if (found.length === 0) return done.size;
    for (const { tid } of found) {
      done.add(tid);
      try {
        pinThread(tid, cpus);
      } catch (error) {
        if (!(error instanceof GovernorError && error.code === 'NO_SUCH_PROCESS')) throw error;
      }
    }
  }
}

/**
 * Pins the process that has this pid now. Does not throw if it ends meanwhile or cannot be pinned there: the next
 * verification finds that.
 */
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
 * Pin → start → restore. A child is forked on the calling thread, so what `start` starts inherits the pin from its
 * first instruction. The caller always gets its own affinity back.
 */
export function startPinned<T>(cpus: Cpuset, start: () => T): T {
  const before = readAffinity(0);
  try {
    pinThread(0, cpus);
    return start();
  } finally {
    onOsError(
      () => native.setAffinity(0, before),
      error => {
        throw affinityError(error, 0, before);
      },
    );
  }
}

function affinityError(error: OsError, tid: number, cpus: Cpuset): GovernorError {
  const thread = tid === 0 ? 'the calling thread' : `thread ${tid}`;
  switch (error.code) {
    case 'ESRCH':
      return causedBy(error, 'NO_SUCH_PROCESS', `${thread} has ended`, tid);
    case 'EPERM': {
      if (tid === 0 || error.syscall !== 'sched_setaffinity')
        return refusedCall(`pin ${thread}`, error.syscall, error.errno, error);
      const remedy = 'run as that user, or with CAP_SYS_NICE (sudo)';
      return causedBy(error, 'NOT_PERMITTED', `cannot pin ${thread}: it belongs to another user; ${remedy}`, tid);
    }
    case 'EINVAL': {
      const why = 'none of them is online and allowed (governor topology lists those that are)';
      return causedBy(error, 'PIN_NOT_HELD', `cannot pin ${thread} to CPUs ${formatCpulist(cpus)}: ${why}`, tid);
    }
    case 'ENOTSUP':
      return notSupported(error);
    default:
      return refusedCall(`pin ${thread}`, error.syscall, error.errno, error);
  }
}
