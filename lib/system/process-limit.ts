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

const { EAGAIN, EMFILE, ENFILE, ENOBUFS, ENOLCK, ENOMEM } = constants.errno;

/** Whether the kernel refused a process, a thread, memory or a descriptor because of a limit. */
export function isLimit(errno: number): boolean {
  return [EAGAIN, EMFILE, ENFILE, ENOBUFS, ENOLCK, ENOMEM].includes(Math.abs(errno));
}

/** @param what could not be done: `start true` */
export function limitReached(what: string, errno: number, addon: LimitReader, cause?: unknown): GovernorError {
  return new GovernorError('LIMIT_REACHED', `cannot ${what}: ${reasonOf(errno, addon)}`, { cause });
}

/** Which limit it was, and what to do. */
function reasonOf(given: number, addon: LimitReader): string {
  const errno = Math.abs(given); // Node's own errors have negative ones
  if (errno === ENOMEM || errno === ENOBUFS)
    return `no memory is left (${memoryLimit(addon)}); raise it, or end other programs`;
  if (errno === EMFILE)
    return `no descriptor is left (RLIMIT_NOFILE: ${ownLimit('open files')}); raise it (ulimit -n), or close files`;
  if (errno === ENFILE) return 'the system has no descriptor left (fs.file-max); raise it, or end other programs';
  if (errno === ENOLCK) return 'the system has no room for another lock; end other programs';
  return `a limit is reached (${countLimit(addon)}); raise it, or end other processes and threads`;
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
  throw limitReached(`start the ${threads} threads that read the machine`, constants.errno.EAGAIN, addon);
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
  const ours = ownLimit('address space');
  if (ours !== 'unlimited' && ours !== 'unknown') return `RLIMIT_AS: ${ours} bytes`;
  const { memory } = interpretLimits(addon.readLimits('', 0));
  return memory ? `${memory.source}: ${memory.value} bytes` : 'the machine has no more';
}

/** A limit of this process as /proc/self/limits names it: a number, or `unlimited`. */
function ownLimit(name: string): string {
  try {
    return new RegExp(`^Max ${name} +(\\S+)`, 'm').exec(readFileSync('/proc/self/limits', 'utf8'))?.[1] ?? 'unknown';
  } catch {
    return 'unknown'; // no descriptor is left to read it
  }
}
