import type { ClaimRecord } from '../core/claims/claim.js';
import {
  othersClaims,
  choosePlaces,
  leavesChoice,
  type PlaceChoice,
  type PlacePlan,
} from '../core/claims/choose-places.js';
import { subtract, union, type Cpuset } from '../core/cpuset.js';
import type { Host } from '../core/machine/host.js';
import { NO_SURROUNDINGS, type Surroundings } from '../core/claims/surroundings.js';
import { GovernorError } from '../errors.js';
import { shortage } from '../report/claims/claims.js';
import { ledgerDirectory, makeClaim, readClaims, type Claim } from '../system/claims/ledger.js';
import { lookAround } from '../system/claims/surroundings.js';

export interface ClaimRequest extends PlacePlan {
  /** neither claim CPUs nor mind the claims of others; default false */
  share?: boolean | undefined;
  /** for people: what the CPUs are for */
  command: string;
  /** whether busy CPUs and those of strangers are avoided where there is a choice; default true */
  avoid?: boolean | undefined;
  /** told where nothing could be claimed, because the ledger cannot be used */
  onUnusable?: ((reason: string) => void) | undefined;
}

export interface ClaimedPlaces extends PlaceChoice {
  /** null where nothing is claimed; close it when all that runs there has ended */
  claim: Claim | null;
  /** for the environment of what is started on the places */
  variables: Record<string, string>;
}

/**
 * Chooses places on CPUs that nobody else has claimed, and claims them, before anything is started there.
 * @throws GovernorError CPUS_TAKEN where there are too few; BAD_INPUT
 */
export function claimPlaces(host: Host, request: ClaimRequest): Promise<ClaimedPlaces> {
  return whereUsable(host, request, async surroundings => {
    const { claim, choice } = await makeClaim(request.command, claims => chosen(host, request, claims, surroundings));
    return { ...choice, claim, variables: claim.variables };
  });
}

/** What claimPlaces would choose at this moment, or refuse; nothing is claimed. */
export function foreseePlaces(host: Host, request: ClaimRequest): Promise<ClaimedPlaces> {
  return whereUsable(host, request, surroundings => ({
    ...chosen(host, request, readClaims(), surroundings),
    claim: null,
    variables: {},
  }));
}

async function whereUsable(
  host: Host,
  request: ClaimRequest,
  claimed: (surroundings: Surroundings) => ClaimedPlaces | Promise<ClaimedPlaces>,
): Promise<ClaimedPlaces> {
  if (request.share) return unclaimed(host, request);
  try {
    const avoid = (request.avoid ?? true) && !request.fixed && leavesChoice(host, request);
    return await claimed(avoid ? await lookAround(host, readClaims()) : NO_SURROUNDINGS);
  } catch (error) {
    if (!(error instanceof GovernorError && error.code === 'LEDGER_UNUSABLE')) throw error;
    request.onUnusable?.(error.message);
    return unclaimed(host, request);
  }
}

function chosen(
  host: Host,
  request: ClaimRequest,
  claims: readonly ClaimRecord[],
  surroundings: Surroundings,
): PlaceChoice {
  const found = choosePlaces(host, request, othersClaims(claims, process.env), surroundings, ledgerDirectory());
  if ('holders' in found) throw new GovernorError('CPUS_TAKEN', shortage(found));
  return found;
}

/**
 * Gives CPUs of a claim back and claims others. What somebody else has claimed is his, even where it is chosen.
 * @param choose in sight of the CPUs that others have claimed; without a claim, or without its ledger, none are in sight
 */
export async function changeClaim<Choice extends { cpus: Cpuset }>(
  claim: Claim | null,
  choose: (claimed: Cpuset) => Choice,
): Promise<Choice> {
  try {
    return (
      (await claim?.change(claims => {
        const claimed = union(othersClaims(claims, process.env).map(({ cpus }) => cpus));
        const choice = choose(claimed);
        return { ...choice, cpus: subtract(choice.cpus, subtract(claimed, claim.cpus)) };
      })) ?? choose([])
    );
  } catch (error) {
    if (error instanceof GovernorError) return choose([]);
    throw error;
  }
}

function unclaimed(host: Host, plan: PlacePlan): ClaimedPlaces {
  const budget = plan.budget(host);
  const places = plan.places(host, budget);
  return { host, budget, places, cpus: union(places), claim: null, variables: {} };
}
