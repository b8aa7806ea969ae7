/** What went wrong, for programs: one code per cause. */
export type ErrorCode =
  /** a value that cannot be used; `details.option` names it */
  | 'BAD_INPUT'
  /** this platform, or this build, has no such function, or a policy such as seccomp hides it */
  | 'NOT_SUPPORTED'
  /** the native addon is missing, damaged, or built for another system */
  | 'ADDON_MISSING'
  /** no such process, or it has ended */
  | 'NO_SUCH_PROCESS'
  /** the kernel refused: another user's process, a missing capability, or a policy such as seccomp */
  | 'NOT_PERMITTED'
  /** the kernel gave other CPUs than the pin asked for, or allows none of them any more */
  | 'PIN_NOT_HELD'
  /** affinities or pool sizes could not be saved, or none are saved to restore */
  | 'NOT_SAVED'
  /** others have claimed too many of the CPUs; the message names them */
  | 'CPUS_TAKEN'
  /** there is no such program, as a shell's status 127 */
  | 'COMMAND_NOT_FOUND'
  /** the program was found but cannot be executed, as a shell's status 126 */
  | 'COMMAND_NOT_EXECUTABLE'
  /** the kernel had no more processes, threads, descriptors or memory for us; the message names the limit */
  | 'LIMIT_REACHED'
  /** a worker ended, or threw, before it was pinned */
  | 'WORKER_FAILED'
  /** /sys or /proc could not be read */
  | 'HOST_UNREADABLE'
  /** the ledger's directory could not be read or written */
  | 'LEDGER_UNUSABLE'
  /** another process kept the ledger locked for too long */
  | 'LEDGER_LOCKED'
  /** output could not be written: the disk is full, or files may not grow any more */
  | 'OUTPUT_LOST';

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
 * Every error that this package throws on purpose. `message` is one line that names what failed and how to fix it.
 * `cause` holds the operating system's own error if there is one.
 */
export class GovernorError extends Error {
  /** always `GovernorError` */
  override readonly name = 'GovernorError';
  /** what the error is about */
  readonly details: ErrorDetails;

  /**
   * @param code the cause, for programs
   * @param message one line, for people
   * @param about the details, and the operating system's own error as `cause`; default: none
   */
  constructor(
    readonly code: ErrorCode,
    message: string,
    { cause, ...details }: ErrorDetails & { cause?: unknown } = {},
  ) {
    super(message, cause === undefined ? undefined : { cause });
    this.details = details;
  }
}

/** @param what was to be written, and where to */
export function outputLost(what: string, error: unknown): GovernorError {
  return new GovernorError('OUTPUT_LOST', `cannot write ${what}: ${(error as Error).message}`, { cause: error });
}

/**
 * A value from the user that cannot be used: `invalid workers "x": expected an integer from 1 to 65536`.
 * @param option as the library names it; the command line shows the flag instead
 */
export function badInput(option: string, given: unknown, expected: string): GovernorError {
  const value = typeof given === 'number' ? String(given) : (JSON.stringify(given) ?? String(given));
  return new GovernorError('BAD_INPUT', `invalid ${option} ${value}: expected ${expected}`, { option });
}
