import { othersClaims } from '../core/claims/choose-places.js';
import { subtract, union, type Cpuset } from '../core/cpuset.js';
import type { RunWarning } from '../core/launch/run-warning.js';
import type { Claim } from '../system/claims/ledger.js';
import { orWarn } from './or-warn.js';
import { warnOnce } from './warn-once.js';

export interface HeldPlacesOptions {
  places: readonly Cpuset[];
  /** on the CPUs of the places; null: they are not claimed */
  claim: Claim | null;
  onWarning?: ((warning: RunWarning) => void) | undefined;
}

/**
 * Chooses another place.
 * @param claimed CPUs that others have claimed
 * @param others our other places
 * @returns the place; empty if the present one stays
 */
export type ChoosePlace = (claimed: Cpuset, others: readonly Cpuset[]) => Cpuset;

/** The places of programs that run, and the claim on their CPUs. A place is replaced if its CPUs are lost. */
export class HeldPlaces {
  readonly planned: readonly Cpuset[];
  private readonly places: Cpuset[];
  private readonly warn: (warning: RunWarning) => void;

  constructor(private readonly options: HeldPlacesOptions) {
    this.planned = [...options.places];
    this.places = [...options.places];
    this.warn = warnOnce(options.onWarning);
  }

  /** the places as they are now */
  get current(): readonly Cpuset[] {
    return this.places;
  }

  /** Replaces a place: claims the CPUs that are new in it, and gives back those that it no longer has. */
  async replace(index: number, choose: ChoosePlace): Promise<Cpuset> {
    const others = this.places.filter((_, i) => i !== index);
    const place = (await this.claimAnew(others, choose)) ?? choose([], others);
    if (place.length > 0) this.places[index] = place;
    return place;
  }

  /** Null without a claim, or if the ledger fails. */
  private async claimAnew(others: readonly Cpuset[], choose: ChoosePlace): Promise<Cpuset | null> {
    const { claim } = this.options;
    if (!claim) return null;
    const changed = await orWarn(['LEDGER_UNUSABLE', 'LEDGER_LOCKED'], this.warn, () =>
      claim.change(claims => {
        const claimed = union(othersClaims(claims, process.env).map(({ cpus }) => cpus));
        const place = choose(claimed, others);
        // A place may lie on CPUs that others have claimed, if there are no more; the claim on them stays theirs.
        return { place, cpus: subtract(union([...others, place]), subtract(claimed, claim.cpus)) };
      }),
    );
    return changed?.place ?? null;
  }
}
