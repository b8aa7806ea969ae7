import type { BudgetOptions } from '../../lib/core/budget/budget.js';
import type { ClaimRecord } from '../../lib/core/claims/claim.js';
import { placeRequest, type PlaceRequest } from '../../lib/core/claims/place-request.js';
import { unobserved } from '../../lib/core/claims/surroundings.js';

/** A machine without other programs and without load. */
export const CALM = unobserved('the ledger');

/** A request for a place for each worker. */
export function requestEach(options: BudgetOptions = {}, environment: NodeJS.ProcessEnv = {}): PlaceRequest {
  return placeRequest(options, environment, 'each');
}

/** A claim; fields that a test does not care about have defaults. */
export function aClaim(given: Partial<ClaimRecord> = {}): ClaimRecord {
  return {
    name: '0123456789abcdef',
    cpus: [0],
    waiting: null,
    uid: 1000,
    user: 'alice',
    pid: 4242,
    startTime: 99,
    command: 'governor run -- ./train',
    since: '2026-11-23T09:31:05.000Z',
    ...given,
  };
}
