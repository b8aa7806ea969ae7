import type { ClaimRecord } from '../core/claims/claim.js';
import { ledgerStatus, type LedgerStatus } from '../core/claims/ledger-status.js';
import { readHost } from '../system/machine/host.js';
import { readClaims } from '../system/claims/ledger.js';
import { readLoans } from '../system/lend/page.js';
import { lookAround } from '../system/claims/surroundings.js';

/** What aborts `claims` and `status`. */
export interface ClaimsOptions {
  /** aborts: the promise rejects with its reason */
  signal?: AbortSignal | undefined;
}

/**
 * Lists the claims on this machine's CPUs. Each `run`, `launch` and pool of `pinWorkers`, of any user, holds one until
 * it ends. One that waits for its CPUs has none yet.
 * @param options default: nothing aborts it
 * @returns by their lowest CPU, then those that wait, in order of arrival
 * @throws GovernorError LEDGER_UNUSABLE
 * @throws the signal's reason if `signal` is aborted
 */
export async function claims({ signal }: ClaimsOptions = {}): Promise<ClaimRecord[]> {
  signal?.throwIfAborted();
  return readClaims();
}

/**
 * Reports for each CPU who has claimed it, which programs are pinned to it without a claim, and how busy it is. Takes
 * 0.1 seconds, in which the load is measured.
 * @param options default: nothing aborts it
 * @throws GovernorError LEDGER_UNUSABLE, HOST_UNREADABLE
 * @throws the signal's reason if `signal` is aborted
 */
export async function status({ signal }: ClaimsOptions = {}): Promise<LedgerStatus> {
  signal?.throwIfAborted();
  const host = readHost();
  const held = readClaims();
  const surroundings = await lookAround(host, held);
  signal?.throwIfAborted();
  return ledgerStatus(host, held, surroundings, process.env, readLoans());
}
