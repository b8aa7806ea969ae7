import { equal, subtract, type Cpuset } from '../core/cpuset.js';
import { regainedPlace, repairedPlace } from '../core/launch/replaced-places.js';
import type { PinDrift, SeenRank } from '../core/launch/verification.js';
import { pinWhoever } from '../system/processes/affinity.js';
import type { HeldPlaces } from './held-places.js';

/** A rank, or a worker of a run, and the index of its place. */
export interface PlacedRank {
  rank: number;
  pid: number;
  place: number;
}

/** A rank that was checked, and the threads that were found. */
export interface LookedAtRank {
  placed: PlacedRank;
  seen: SeenRank;
}

export interface PinRepairOptions {
  places: HeldPlaces;
  /** false once a rank has ended or moved: it is then left alone */
  isCurrent(placed: PlacedRank): boolean;
}

/** Puts threads that have left their places back, and replaces places whose CPUs are lost. */
export class PinRepair {
  constructor(private readonly options: PinRepairOptions) {}

  async repair(drift: PinDrift, ranks: readonly LookedAtRank[], allowed: Cpuset): Promise<void> {
    if (drift.kind !== 'outside-place' && drift.kind !== 'place-lost') return;
    const { placed, seen } = ranks.find(({ placed }) => placed.rank === drift.rank)!;
    if (!this.options.isCurrent(placed)) return;
    const place = await this.remainingPlace(placed.place, allowed);
    if (place.length > 0 && this.options.isCurrent(placed)) pinThreads(seen, place);
  }

  /** Gives ranks that have lost CPUs their planned places again, or other CPUs that may be used now, if unclaimed. */
  async returnPlaces(ranks: readonly LookedAtRank[], allowed: Cpuset): Promise<PinDrift[]> {
    const { places, isCurrent } = this.options;
    const drifts: PinDrift[] = [];
    for (const { placed, seen } of ranks) {
      const [was, planned] = [places.current[placed.place]!, places.planned[placed.place]!];
      const better = (claimed: Cpuset, others: readonly Cpuset[]) =>
        regainedPlace(was, planned, { allowed, others, claimed });
      const others = places.current.filter((_, i) => i !== placed.place);
      if (!isCurrent(placed) || equal(better([], others), was)) continue;
      const place = await places.replace(placed.place, better);
      if (equal(place, was) || !isCurrent(placed)) continue;
      pinThreads(seen, place);
      const kind = equal(place, planned) ? 'place-back' : 'place-regained';
      drifts.push({ kind, rank: placed.rank, place, instead: was });
    }
    return drifts;
  }

  private async remainingPlace(index: number, allowed: Cpuset): Promise<Cpuset> {
    const was = this.options.places.current[index]!;
    if (subtract(was, allowed).length === 0) return was;
    return this.options.places.replace(index, (claimed, others) => repairedPlace(was, { allowed, others, claimed }));
  }
}

function pinThreads({ threads }: SeenRank, place: Cpuset): void {
  for (const pid of new Set(threads.map(thread => thread.pid))) pinWhoever(pid, place);
}
