import type { ErrorCode } from '../errors.js';

/** Sets the exit status of a command; 0 if it is never called. */
export type SetStatus = (status: number) => void;

/** Bad input, or it could not be done. */
export const FAILED = 2;

const OF_ERROR: Partial<Record<ErrorCode, number>> = { COMMAND_NOT_FOUND: 127, COMMAND_NOT_EXECUTABLE: 126 };

export function statusOf(code: ErrorCode): number {
  return OF_ERROR[code] ?? FAILED;
}
