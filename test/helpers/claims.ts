import type { ClaimRecord } from '../../lib/core/claims/claim.js';

/** A claim with what a test does not care about filled in. */
export function aClaim(told: Partial<ClaimRecord> = {}): ClaimRecord {
  return {
    name: '0123456789abcdef',
    cpus: [0],
    uid: 1000,
    user: 'alice',
    pid: 4242,
    startTime: 99,
    command: 'governor run -- ./train',
    since: '2026-11-23T09:31:05.000Z',
    ...told,
  };
}
