/** The one place where an error of the operating system becomes a default value or an error of ours. */
import { constants } from 'node:os';
import { getSystemErrorName } from 'node:util';
import { GovernorError, type ErrorCode } from '../errors.js';
import { isOsError, native, type OsError } from './native.js';
import { isLimit, limitReached } from './process-limit.js';

const REFUSALS: readonly number[] = [
  constants.errno.EACCES,
  constants.errno.EAFNOSUPPORT,
  constants.errno.ENOSYS,
  constants.errno.EPERM,
];

/**
 * Calls the system. If that fails, `handle` gets the system's error and returns a value or throws an error of ours.
 * Any other error passes through.
 */
export function onOsError<T>(call: () => T, handle: (error: OsError) => T): T {
  try {
    return call();
  } catch (error) {
    if (isOsError(error)) return handle(error);
    throw error;
  }
}

/** What `read` returns, or `otherwise` if the system refuses: the process has ended, or the file may not be read. */
export function ifReadable<T, Default>(read: () => T, otherwise: Default): T | Default {
  return onOsError<T | Default>(read, () => otherwise);
}

/** An error of ours that keeps the system's as its `cause`, with its code, and names the system call. */
export function causedBy(error: OsError, code: ErrorCode, message: string, pid?: number): GovernorError {
  return new GovernorError(code, message, {
    ...(pid === undefined ? {} : { pid }),
    syscall: error.syscall,
    cause: error,
  });
}

/**
 * What the kernel refused, as an error of ours: LIMIT_REACHED names the limit; NOT_PERMITTED and NOT_SUPPORTED name the
 * call, which a policy such as seccomp has refused. Other errors stay as they are.
 * @param what could not be done: `start the process that starts programs`
 */
export function cannot<E>(what: string, error: E): E | GovernorError {
  if (!isOsError(error)) return error;
  const { syscall, errno, subject, path = subject } = error;
  const about = path?.startsWith('/') ? ` of ${path}` : '';
  return isRefusal(errno) ? refusedCall(what, `${syscall}${about}`, errno, error) : error;
}

/** Lets no error of a limit or a policy out of a verb but as ours. */
export async function withOwnErrors<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw cannot('go on', error);
  }
}

/** The same of a call that failed in another process. */
export function refusedCall(what: string, call: string, errno: number, cause?: unknown): GovernorError {
  if (isLimit(errno)) return limitReached(what, errno, native, cause);
  const code = Math.abs(errno) === constants.errno.ENOSYS ? 'NOT_SUPPORTED' : 'NOT_PERMITTED';
  const text = `cannot ${what}: the kernel refused ${call} (${getSystemErrorName(-Math.abs(errno))})`;
  return new GovernorError(code, text, { syscall: call.split(' ')[0]!, cause });
}

/** Whether a limit or a policy stands against a call, rather than what it was asked about. */
function isRefusal(errno: number): boolean {
  return isLimit(errno) || REFUSALS.includes(Math.abs(errno));
}

/** The addon has no implementation for this platform: it answers every call with ENOTSUP. */
export function notSupported(error: OsError): GovernorError {
  const platform = `${process.platform}-${process.arch}`;
  const text = `${platform} is not supported yet; budget, env and topology work with a machine from a file (--host)`;
  return causedBy(error, 'NOT_SUPPORTED', text);
}

/** @param failed what could not be done: `cannot list the processes` */
export function unreadable(failed: string, error: OsError): GovernorError {
  if (error.code === 'ENOTSUP') return notSupported(error);
  if (isLimit(error.errno)) return limitReached(failed.replace(/^cannot /, ''), error.errno, native, error);
  return causedBy(error, 'HOST_UNREADABLE', `${failed}: ${error.message}`);
}
