/** What went wrong, for programs: one code per cause. */
export type ErrorCode =
  /** a value that cannot be used; `details.option` names it */
  | 'BAD_INPUT'
  /** this platform, or this build, has no such function */
  | 'NOT_SUPPORTED'
  /** the native addon is missing, damaged, or built for another system */
  | 'ADDON_MISSING'
  /** no such process, or it has ended */
  | 'NO_SUCH_PROCESS'
  /** the kernel refused: another user's process, or a missing capability */
  | 'NOT_PERMITTED'
  /** the kernel gave other CPUs than the pin asked for */
  | 'PIN_NOT_HELD'
  /** affinities could not be saved, or none are saved to restore */
  | 'NOT_SAVED'
  /** others hold too many of the CPUs */
  | 'CPUS_TAKEN'
  | 'COMMAND_NOT_FOUND'
  | 'COMMAND_NOT_EXECUTABLE'
  /** a worker ended, or threw, before it was pinned */
  | 'WORKER_FAILED'
  /** /sys or /proc could not be read */
  | 'HOST_UNREADABLE'
  /** the ledger's directory could not be read or written */
  | 'LEDGER_UNUSABLE'
  /** another process kept the ledger locked */
  | 'LEDGER_LOCKED';

/** What an error is about; a field that does not apply is absent. */
export interface ErrorDetails {
  /** the system call that failed */
  syscall?: string;
  /** the process or thread that the call was about */
  pid?: number;
  /** the option that cannot be used, as the library names it: `threadsPerWorker`, `output.logDirectory` */
  option?: string;
}

/**
 * Every error that this package throws on purpose. `message` is one line: what, where, what to do.
 * `cause` holds the operating system's own error if there is one.
 */
export class GovernorError extends Error {
  override readonly name = 'GovernorError';
  readonly details: ErrorDetails;

  constructor(
    readonly code: ErrorCode,
    message: string,
    { cause, ...details }: ErrorDetails & { cause?: unknown } = {},
  ) {
    super(message, cause === undefined ? undefined : { cause });
    this.details = details;
  }
}

/**
 * A value from the user that cannot be used: `invalid workers "x": expected an integer from 1 to 65536`.
 * @param option as the library names it; the command line shows the flag instead
 */
export function badInput(option: string, given: unknown, expected: string): GovernorError {
  const value = typeof given === 'number' ? String(given) : (JSON.stringify(given) ?? String(given));
  return new GovernorError('BAD_INPUT', `invalid ${option} ${value}: expected ${expected}`, { option });
}
