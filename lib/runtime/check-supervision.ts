import { badInput } from '../errors.js';
import type { VerifyOptions } from './pin-verifier.js';
import type { SupervisionOptions } from './supervision.js';

/** A timer holds at most 2^31 - 1 milliseconds, a little more than 24 days. */
const MOST_SECONDS = 2_000_000;

/** @throws GovernorError BAD_INPUT */
export function checkSupervision(
  options: SupervisionOptions & Pick<VerifyOptions, 'verifyAfter' | 'verifyEvery'>,
): void {
  const { timeout, verifyAfter, verifyEvery, grace, restarts } = options;
  const seconds = { timeout, verifyAfter, verifyEvery, grace };
  for (const [name, value] of Object.entries(seconds)) {
    if (value !== undefined && !(value >= 0 && value <= MOST_SECONDS))
      throw badInput(name, value, `seconds from 0 to ${MOST_SECONDS}`);
  }
  if (restarts !== undefined && !(Number.isInteger(restarts) && restarts >= 0))
    throw badInput('restarts', restarts, 'an integer of at least 0');
}
