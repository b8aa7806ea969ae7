import type { RunWarning } from '../core/launch/run-warning.js';
import { GovernorError, type ErrorCode } from '../errors.js';

/**
 * What `attempt` returns. If the ledger fails it by one of these errors, null and a warning; other errors are thrown.
 * It is better to run a program without a claim than not at all.
 */
export async function orWarn<T>(
  codes: readonly ErrorCode[],
  onWarning: ((warning: RunWarning) => void) | undefined,
  attempt: () => Promise<T>,
): Promise<T | null> {
  try {
    return await attempt();
  } catch (error) {
    if (!(error instanceof GovernorError && codes.includes(error.code))) throw error;
    onWarning?.({ kind: 'not-claimed', reason: error.message });
    return null;
  }
}
