/** The one place where an error of the operating system becomes a default value or an error of ours. */
import { GovernorError, type ErrorCode } from '../errors.js';
import { isOsError, native, type OsError } from './native.js';
import { isLimit, limitReached } from './process-limit.js';

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

/** If the system refused a process, a thread, memory or a descriptor, an error that names the limit; else null. */
export function ofLimit(error: unknown): GovernorError | null {
  return isOsError(error) && isLimit(error.errno) ? limitReached('what is needed', error.errno, native, error) : null;
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
  return causedBy(error, 'HOST_UNREADABLE', `${failed}: ${error.message}`);
}
