import type { ClaimRecord } from '../core/claims/claim.js';
import type { LockHolder } from '../core/claims/lock-holder.js';
import { wantedByOthers } from '../core/claims/queue.js';
import { intersect, subtract, union, type Cpuset } from '../core/cpuset.js';
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
 * @param claimed CPUs that others have claimed or wait for
 * @param others our other places
 * @returns the place; empty if the present one stays
 */
export type ChoosePlace = (claimed: Cpuset, others: readonly Cpuset[]) => Cpuset;

/** The places of programs that run, and the claim on their CPUs. A place is replaced if its CPUs are lost. */
export class HeldPlaces {
  private readonly plan: Cpuset[];
  private readonly places: Cpuset[];
  private readonly warn: (warning: RunWarning) => void;
  private lastChange: Promise<unknown> = Promise.resolve();

  constructor(private readonly options: HeldPlacesOptions) {
    this.plan = [...options.places];
    this.places = [...options.places];
    this.warn = warnOnce(options.onWarning);
  }

  /** the places as they are now */
  get current(): readonly Cpuset[] {
    return this.places;
  }

  /** the places as they were given */
  get planned(): readonly Cpuset[] {
    return this.plan;
  }

  /** Adds places and claims their CPUs. @returns those that were added: not the ones that others have claimed */
  add(more: readonly Cpuset[]): Promise<readonly Cpuset[]> {
    return this.inTurn(() => this.addNow(more));
  }

  private async addNow(more: readonly Cpuset[]): Promise<readonly Cpuset[]> {
    const unclaimed = (claimed: Cpuset) => more.filter(place => intersect(place, claimed).length === 0);
    const added = await this.claimAnew(claimed => {
      const chosen = unclaimed(claimed);
      return { chosen, places: [...this.places, ...chosen] };
    });
    this.places.push(...(added ?? more));
    this.plan.push(...(added ?? more));
    return added ?? more;
  }

  /** Replaces a place: claims the CPUs that are new in it, and gives back those that it no longer has. */
  replace(index: number, choose: ChoosePlace): Promise<Cpuset> {
    return this.inTurn(() => this.replaceNow(index, choose));
  }

  private async replaceNow(index: number, choose: ChoosePlace): Promise<Cpuset> {
    const others = this.places.filter((_, i) => i !== index);
    const chosen = await this.claimAnew(claimed => {
      const place = choose(claimed, others);
      return { chosen: place, places: [...others, place] };
    });
    const place = chosen ?? choose([], others);
    if (place.length > 0) this.places[index] = place;
    return place;
  }

  /** One change after another: each writes the whole claim, from the places as they are then. */
  private inTurn<T>(change: () => Promise<T>): Promise<T> {
    const result = this.lastChange.then(change);
    this.lastChange = result.catch(() => undefined);
    return result;
  }

  /**
   * Chooses while nobody else does, and claims the CPUs of the places that are ours then. A place may lie on CPUs that
   * others have claimed, if there are no more; the claim on them stays theirs.
   * @returns null without a claim, or if the ledger fails
   */
  private async claimAnew<T>(choose: (claimed: Cpuset) => { chosen: T; places: readonly Cpuset[] }): Promise<T | null> {
    const { claim } = this.options;
    if (!claim) return null;
    const onLocked = (holder: LockHolder | null) => this.warn({ kind: 'ledger-locked', holder });
    const within = (claims: readonly ClaimRecord[]) => {
      const others = wantedByOthers(claims, process.env);
      const claimed = union([others.claimed, subtract(others.awaited, claim.cpus)]);
      const { chosen, places } = choose(claimed);
      return { chosen, cpus: subtract(union(places), subtract(claimed, claim.cpus)) };
    };
    const changed = await orWarn(['LEDGER_UNUSABLE', 'LEDGER_LOCKED'], this.warn, () =>
      claim.change(within, { onLocked }),
    );
    return changed?.chosen ?? null;
  }
}
