import type { ClaimRecord } from '../core/claims/claim.js';
import { statusOf, type LedgerStatus } from '../core/claims/ledger-status.js';
import { readHost } from '../system/machine/host.js';
import { ledgerDirectory, readClaims } from '../system/claims/ledger.js';
import { lookAround } from '../system/claims/surroundings.js';

export interface ClaimsOptions {
  /** aborted, the promise rejects with its reason */
  signal?: AbortSignal | undefined;
}

/**
 * Who holds CPUs of this machine now.
 * @throws GovernorError LEDGER_UNUSABLE; the signal's reason where that is aborted
 */
export async function claims({ signal }: ClaimsOptions = {}): Promise<ClaimRecord[]> {
  signal?.throwIfAborted();
  return readClaims();
}

/**
 * Who holds which CPUs, who is pinned where without a claim, how busy each CPU is, and what is free. It takes 0.1 s.
 * @throws GovernorError LEDGER_UNUSABLE; the signal's reason where that is aborted
 */
export async function status({ signal }: ClaimsOptions = {}): Promise<LedgerStatus> {
  signal?.throwIfAborted();
  const host = readHost();
  const surroundings = await lookAround(host, readClaims());
  signal?.throwIfAborted();
  return statusOf(host, readClaims(), surroundings, ledgerDirectory(), process.env);
}
