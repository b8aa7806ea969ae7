import type { ClaimRecord } from '../core/claims/claim.js';
import { choosePlaces, leavesChoice, type PlaceChoice, type Shortage } from '../core/claims/choose-places.js';
import type { PlaceRequest } from '../core/claims/place-request.js';
import { LAST, nextTicket } from '../core/claims/queue.js';
import { unobserved, type Surroundings } from '../core/claims/surroundings.js';
import type { Host } from '../core/machine/host.js';
import { badInput, GovernorError } from '../errors.js';
import { shortage } from '../report/claims/claims.js';
import { ledgerDirectory, makeClaim, readClaims, type Claim, type ClaimedCpus } from '../system/claims/ledger.js';
import type { LockWaitOptions } from '../system/claims/lock-wait.js';
import { LedgerChanges } from '../system/claims/ledger-changes.js';
import { lookAround } from '../system/claims/surroundings.js';

/** Whether to wait for CPUs that others have claimed. */
export interface WaitOptions {
  /**
   * seconds to wait for CPUs that others have claimed, from 0 to 2,000,000, or true: as long as it takes; who came
   * first gets CPUs first; cannot be used together with `share`; default false: fail at once with CPUS_TAKEN
   */
  wait?: number | boolean | undefined;
  /** called when a wait begins, and whenever somebody else holds the CPUs or is ahead */
  onWait?: ((shortage: Shortage) => void) | undefined;
  /** aborts the wait: the promise rejects with its reason */
  signal?: AbortSignal | undefined;
}

const MOST_SECONDS = 2_000_000;

/** @throws GovernorError BAD_INPUT */
export function checkWait({ wait, share }: Pick<WaitOptions, 'wait'> & { share?: boolean | undefined }): void {
  if (wait === undefined || wait === false) return;
  if (wait !== true && !(wait >= 0 && wait <= MOST_SECONDS))
    throw badInput('wait', wait, `seconds from 0 to ${MOST_SECONDS}, or true`);
  if (share) throw badInput('wait', wait, 'either wait or share: without claims there is nothing to wait for');
}

/** What a claim gets: its CPUs, or a place in the queue. */
type Turn = ClaimedCpus & { found: PlaceChoice | Shortage };

/** Claims places, once it is this program's turn and they are free. */
export async function claimInTurn(
  host: Host,
  look: () => Host,
  request: PlaceRequest,
  surroundings: Surroundings,
  options: WaitOptions & LockWaitOptions & { command: string },
): Promise<{ claim: Claim; choice: PlaceChoice }> {
  const { wait, signal, onWait } = options;
  const until = wait === true ? Infinity : performance.now() + 1000 * Number(wait);
  const { claim, choice: first } = await makeClaim(
    options.command,
    claims => turn(host, request, claims, surroundings),
    options,
  );
  if ('places' in first.found) return { claim, choice: first.found };
  const changes = new LedgerChanges(signal);
  let found: PlaceChoice | Shortage = first.found;
  let reported = '';
  try {
    while ('holders' in found) {
      const news = newsOf(found);
      if (news !== reported) onWait?.(found);
      reported = news;
      signal?.throwIfAborted();
      const left = until - performance.now();
      if (left <= 0) throw new GovernorError('CPUS_TAKEN', `waited ${Number(wait)} s; ${shortage(found)}`);
      await changes.next(left);
      signal?.throwIfAborted();
      found = await tryAgain(claim, look(), request, options);
    }
    return { claim, choice: found };
  } catch (error) {
    claim.close();
    throw error;
  } finally {
    changes.stop();
  }
}

/** Locks the ledger only if it seems that the places are free. */
async function tryAgain(
  claim: Claim,
  host: Host,
  request: PlaceRequest,
  options: LockWaitOptions,
): Promise<PlaceChoice | Shortage> {
  const ticket = claim.ticket ?? LAST;
  const others = readClaims().filter(({ name }) => name !== claim.name);
  const calm = unobserved(ledgerDirectory());
  const hoped = choosePlaces(host, request, others, calm, ticket);
  if ('holders' in hoped) return hoped;
  const surroundings = leavesChoice(host, request, others, ticket) ? await lookAround(host, others) : calm;
  const { found } = await claim.change(claims => turn(host, request, claims, surroundings, ticket), options);
  return found;
}

/** @param ticket default: that of somebody who comes now */
function turn(
  host: Host,
  request: PlaceRequest,
  claims: readonly ClaimRecord[],
  surroundings: Surroundings,
  ticket = nextTicket(claims),
): Turn {
  const found = choosePlaces(host, request, claims, surroundings, ticket);
  if ('places' in found) return { cpus: found.cpus, found };
  return { cpus: [], waiting: { ticket, wanted: found.wanted, among: found.among }, found };
}

/** Differs if somebody else holds the CPUs or is ahead. */
function newsOf({ holders, ahead }: Shortage): string {
  return JSON.stringify([holders, ahead].map(claims => claims.map(({ name, cpus }) => [name, cpus])));
}
