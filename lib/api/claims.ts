import type { ClaimRecord } from '../core/claim.js';
import { statusOf, type Status } from '../core/ledger-status.js';
import { readHost } from '../system/host.js';
import { ledgerDirectory, readClaims } from '../system/ledger.js';
import { lookAround } from '../system/surroundings.js';

/**
 * Who holds CPUs of this machine now.
 * @throws GovernorError UNREADABLE
 */
export async function claims(): Promise<ClaimRecord[]> {
  return readClaims();
}

/**
 * Who holds which CPUs, who is pinned where without a claim, how busy each CPU is, and what is free. It takes 0.1 s.
 * @throws GovernorError UNREADABLE
 */
export async function status(): Promise<Status> {
  const host = readHost();
  const surroundings = await lookAround(host, readClaims());
  return statusOf(host, readClaims(), surroundings, ledgerDirectory(), process.env);
}
