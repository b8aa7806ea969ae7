import type { ClaimRecord } from '../core/claims/claim.js';
import { choosePlaces, leavesChoice, placesIgnoringClaims, type PlaceChoice } from '../core/claims/choose-places.js';
import type { PlaceRequest } from '../core/claims/place-request.js';
import { unobserved, type Surroundings } from '../core/claims/surroundings.js';
import type { RunWarning } from '../core/launch/run-warning.js';
import type { Host } from '../core/machine/host.js';
import { GovernorError } from '../errors.js';
import { shortage } from '../report/claims/claims.js';
import { ledgerDirectory, makeClaim, readClaims, type Claim } from '../system/claims/ledger.js';
import type { LockWaitOptions } from '../system/claims/lock-wait.js';
import { lookAround } from '../system/claims/surroundings.js';
import { checkWait, claimInTurn, type WaitOptions } from './claim-in-turn.js';
import { orWarn } from './or-warn.js';

export interface ClaimOptions extends WaitOptions {
  /** ignore the claims of others, and claim nothing; default false */
  share?: boolean | undefined;
  /** what the CPUs are for, as others are shown it */
  command: string;
  /** seconds that a locked ledger is waited for; default: a minute */
  timeout?: number | undefined;
  /** called if the ledger cannot be used, so that nothing is claimed, and if it stays locked */
  onWarning?: ((warning: RunWarning) => void) | undefined;
}

export interface ClaimedPlaces extends PlaceChoice {
  /** to be closed when everything that runs on the places has ended; null: nothing is claimed */
  claim: Claim | null;
  /** for the environment of the programs that are started on the places */
  variables: Record<string, string>;
}

/**
 * Chooses places on CPUs that nobody else has claimed or waits for, and claims them.
 * @param look reads the host; again before each choice, if it waits
 * @throws GovernorError CPUS_TAKEN if too few are free; BAD_INPUT; LEDGER_LOCKED
 * @throws the signal's reason if it is aborted while it waits
 */
export function claimPlaces(look: () => Host, request: PlaceRequest, options: ClaimOptions): Promise<ClaimedPlaces> {
  checkWait(options);
  const host = look();
  return byLedger(host, request, options, async surroundings => {
    const { claim, choice } = options.wait
      ? await claimInTurn(host, look, request, surroundings, { ...options, ...lockWait(options) })
      : await makeClaim(options.command, claims => chosen(host, request, claims, surroundings), lockWait(options));
    return { ...choice, claim, variables: claim.variables };
  });
}

function lockWait({ signal, timeout, onWarning }: ClaimOptions): LockWaitOptions {
  return { signal, timeout, onLocked: holder => onWarning?.({ kind: 'ledger-locked', holder }) };
}

/** The places that claimPlaces would choose now, or its error; nothing is claimed. */
export function foreseePlaces(host: Host, request: PlaceRequest, options: ClaimOptions): Promise<ClaimedPlaces> {
  return byLedger(host, request, options, surroundings =>
    withoutClaim(chosen(host, request, readClaims(), surroundings)),
  );
}

async function byLedger(
  host: Host,
  request: PlaceRequest,
  { share, onWarning }: ClaimOptions,
  choose: (surroundings: Surroundings) => ClaimedPlaces | Promise<ClaimedPlaces>,
): Promise<ClaimedPlaces> {
  const found = share
    ? null
    : await orWarn(['LEDGER_UNUSABLE'], onWarning, async () => {
        const claims = readClaims();
        const observe = leavesChoice(host, request, claims);
        return choose(observe ? await lookAround(host, claims) : unobserved(ledgerDirectory()));
      });
  return found ?? withoutClaim(placesIgnoringClaims(host, request));
}

function chosen(
  host: Host,
  request: PlaceRequest,
  claims: readonly ClaimRecord[],
  surroundings: Surroundings,
): PlaceChoice {
  const found = choosePlaces(host, request, claims, surroundings);
  if ('holders' in found) throw new GovernorError('CPUS_TAKEN', shortage(found));
  return found;
}

function withoutClaim(choice: PlaceChoice): ClaimedPlaces {
  return { ...choice, claim: null, variables: {} };
}
