/** What went wrong, for programs: the operating system's code (ESRCH, EPERM …) or one of ours. */
export type ErrorCode =
  | 'BAD_INPUT'
  | 'NOT_SUPPORTED'
  | 'NO_SUCH_PROCESS'
  | 'NOT_PERMITTED'
  | 'PIN_NOT_HELD'
  | 'NOT_SAVED'
  | 'CPUS_TAKEN'
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

  /** the system call that failed, and the process or thread it was about, where there are such */
  readonly details: { syscall?: string; pid?: number };

  constructor(
    readonly code: ErrorCode,
    message: string,
    { cause, ...details }: { syscall?: string; pid?: number; cause?: unknown } = {},
  ) {
    super(message, cause === undefined ? undefined : { cause });
    this.details = details;
  }
}

/** A value from the user that cannot be used: what it is, what was given, what is wanted. */
export function badInput(what: string, given: unknown, wanted: string): GovernorError {
  return new GovernorError(
    'BAD_INPUT',
    `${what}: ${typeof given === 'number' ? given : (JSON.stringify(given) ?? String(given))} given, wanted ${wanted}`,
  );
}
