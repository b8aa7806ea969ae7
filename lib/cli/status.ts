import type { ErrorCode } from '../errors.js';

/** What a command says of its exit status; 0 where it says nothing. */
export type SetStatus = (status: number) => void;

/** Bad input, or what could not be done. */
export const FAILED = 2;

const OF_ERROR: Partial<Record<ErrorCode, number>> = { COMMAND_NOT_FOUND: 127, COMMAND_NOT_EXECUTABLE: 126 };

export function statusOf(code: ErrorCode): number {
  return OF_ERROR[code] ?? FAILED;
}
