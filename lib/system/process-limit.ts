import { readdirSync, readFileSync, statSync } from 'node:fs';
import { constants } from 'node:os';
import { interpretLimits } from '../core/machine/limits.js';
import type { LimitsRecord } from '../core/machine/records.js';
import { GovernorError } from '../errors.js';

/** What this needs of the addon: it is called before the addon's other functions are used. */
export interface LimitReader {
  readLimits(root: string, pid: number): LimitsRecord;
  threads(pid: number): readonly unknown[];
}

/** Threads of Node's pool, unless UV_THREADPOOL_SIZE says otherwise; Node ends the process if it cannot start one. */
const POOL_THREADS = 4;
/** A Node process with more threads than this has started its pool. */
const THREADS_WITHOUT_POOL = 8;
/** A larger RLIMIT_NPROC is not near, and to count a user's threads takes time. */
const MOST_COUNTED = 4096;

/** Whether the kernel refused a process or a thread because of a limit. */
export function isLimit(errno: number): boolean {
  return errno === constants.errno.EAGAIN || errno === constants.errno.ENOMEM;
}

/** @param what could not be started: `true`, `the process that starts programs` */
export function limitReached(what: string, errno: number, addon: LimitReader, cause?: unknown): GovernorError {
  const memory = errno === constants.errno.ENOMEM;
  const why = memory ? `no memory is left (${memoryLimit(addon)})` : `a limit is reached (${countLimit(addon)})`;
  const remedy = memory ? 'raise it, or end other programs' : 'raise it, or end other processes and threads';
  return new GovernorError('LIMIT_REACHED', `cannot start ${what}: ${why}; ${remedy}`, { cause });
}

/**
 * Before the first call that uses Node's pool of threads.
 * @throws GovernorError LIMIT_REACHED if a limit leaves too few threads for the pool
 */
export function requirePool(addon: LimitReader): void {
  const threads = Number(process.env['UV_THREADPOOL_SIZE']) || POOL_THREADS;
  const limit = processLimit(addon);
  if (!limit || limit.value > MOST_COUNTED) return;
  if (limit.value - limit.used() >= threads || addon.threads(process.pid).length > THREADS_WITHOUT_POOL) return;
  throw limitReached(`the ${threads} threads that read the machine`, constants.errno.EAGAIN, addon);
}

/** The limit on processes and threads that leaves least: of a control group, or RLIMIT_NPROC, which root ignores. */
function processLimit(addon: LimitReader): { value: number; source: string; used: () => number } | null {
  const record = addon.readLimits('', 0);
  const { pids } = interpretLimits(process.getuid!() === 0 ? { ...record, processLimit: null } : record);
  if (!pids) return null;
  const { value, source, left } = pids;
  return { value, source, used: () => (left === null ? threadsOfUser() : value - left) };
}

function threadsOfUser(): number {
  const ofUser = (pid: string) => {
    try {
      return statSync(`/proc/${pid}`).uid === process.getuid!() ? readdirSync(`/proc/${pid}/task`).length : 0;
    } catch {
      return 0; // it has ended
    }
  };
  const pids = readdirSync('/proc').filter(name => /^\d+$/.test(name));
  return pids.reduce((sum, pid) => sum + ofUser(pid), 0);
}

function countLimit(addon: LimitReader): string {
  const limit = processLimit(addon);
  return limit ? `${limit.source}: ${limit.value}, ${limit.used()} in use` : 'kernel.threads-max or kernel.pid_max';
}

function memoryLimit(addon: LimitReader): string {
  const line = readFileSync('/proc/self/limits', 'utf8').match(/^Max address space +(\d+)/m);
  if (line) return `RLIMIT_AS: ${line[1]} bytes`;
  const { memory } = interpretLimits(addon.readLimits('', 0));
  return memory ? `${memory.source}: ${memory.value} bytes` : 'the machine has no more';
}
