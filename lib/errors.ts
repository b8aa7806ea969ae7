/** What went wrong, for programs: the operating system's code (ESRCH, EPERM …) or one of ours. */
export type ErrorCode =
  | 'BAD_INPUT'
  | 'NOT_SUPPORTED'
  | 'NO_SUCH_PROCESS'
  | 'NOT_PERMITTED'
  | 'PIN_NOT_HELD'
  | 'COMMAND_NOT_FOUND'
  | 'COMMAND_NOT_EXECUTABLE'
  | 'WORKER_FAILED'
  | 'UNREADABLE';

/**
 * Every error that this package throws on purpose. `message` is one line: what, where, what to do.
 * `cause` holds the operating system's own error where there is one.
 */
export class GovernorError extends Error {
  override readonly name = 'GovernorError';

  constructor(
    readonly code: ErrorCode,
    message: string,
    readonly details: { syscall?: string; pid?: number; cause?: unknown } = {},
  ) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
  }
}

/** A value from the user that cannot be used: what it is, what was given, what is wanted. */
export function badInput(what: string, given: unknown, wanted: string): GovernorError {
  return new GovernorError('BAD_INPUT', `${what}: ${JSON.stringify(given) ?? String(given)} given, wanted ${wanted}`);
}
