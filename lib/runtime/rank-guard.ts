import { setTimeout as pause } from 'node:timers/promises';
import { equal, intersect, subtract, union, type Cpuset } from '../core/cpuset.js';
import { allowedCpus } from '../core/machine/host.js';
import {
  mendedPlace,
  verify,
  type PinDrift,
  type SeenRank,
  type PinVerification,
} from '../core/launch/verification.js';
import { pinWhoever } from '../system/processes/affinity.js';
import { readHost } from '../system/machine/host.js';
import type { Claim } from '../system/claims/ledger.js';
import { lookAtRanks } from '../system/launch/look-at-ranks.js';
import { changeClaim } from './claim-places.js';

export interface GuardOptions {
  /** seconds after the last start at which the ranks are verified, where they start again and again after the first and 15 more; default 2 */
  verifyAfter?: number | undefined;
  /** and again every so many seconds; default: not again */
  verifyEvery?: number | undefined;
  /** mend what has drifted; default false */
  enforce?: boolean | undefined;
  onVerified?: ((verification: PinVerification) => void) | undefined;
}

const DEFAULT_AFTER = 2;
/** Seconds after which the first verification no longer waits for starts to end. */
const PATIENCE = 15;

/** A rank, or a worker, that runs. */
interface Guarded {
  rank: number;
  pid: number;
  /** index of its place */
  place: number;
}

/** Verifies ranks some time after they have started, and again; mends them where it is told to. */
export class RankGuard {
  private readonly running = new Map<number, Guarded>();
  private readonly abort = new AbortController();
  private readonly planned: readonly Cpuset[];
  private firstStart = 0;
  private lastStart = 0;

  /**
   * @param places which are replaced where their CPUs are lost
   * @param claim on the CPUs of the places; null where they are not claimed
   */
  constructor(
    private readonly places: Cpuset[],
    private readonly budget: { threadsPerWorker: number; shared: () => boolean },
    private readonly options: GuardOptions,
    private readonly claim: Claim | null = null,
  ) {
    this.planned = [...places];
  }

  /** @param place index of its place; a rank that has been told before has moved */
  started(rank: number, pid: number, place: number): void {
    this.running.set(rank, { rank, pid, place });
    this.lastStart = performance.now();
    if (this.firstStart > 0) return;
    this.firstStart = this.lastStart;
    this.run().catch(() => {}); // ends by the abort alone
  }

  ended(rank: number): void {
    this.running.delete(rank);
  }

  stop(): void {
    this.abort.abort();
  }

  private async run(): Promise<void> {
    const { verifyAfter = DEFAULT_AFTER, verifyEvery } = this.options;
    const { signal } = this.abort;
    for (let left = verifyAfter * 1000; left > 0; ) {
      await pause(left, undefined, { signal });
      left = Math.min(this.lastStart, this.firstStart + PATIENCE * 1000) + verifyAfter * 1000 - performance.now();
    }
    for (;;) {
      await this.verify(signal);
      if (verifyEvery === undefined) return;
      await pause(verifyEvery * 1000, undefined, { signal });
    }
  }

  private async verify(signal: AbortSignal): Promise<void> {
    const looked = [...this.running.values()];
    const ranks = looked.map(({ rank, pid, place }) => ({ rank, pid, place: this.places[place]! }));
    const seen = (await lookAtRanks(ranks, signal)).filter((_, i) => this.running.get(looked[i]!.rank) === looked[i]);
    if (seen.length === 0) return;
    const allowed = allowedCpus(readHost());
    const verification = verify(seen, allowed, this.budget.threadsPerWorker, this.budget.shared());
    if (this.options.enforce) verification.drifts.push(...(await this.giveBack(looked, seen, allowed)));
    this.options.onVerified?.(verification);
    if (this.options.enforce) for (const drift of verification.drifts) await this.mend(drift, seen, allowed);
  }

  private async mend(drift: PinDrift, seen: readonly SeenRank[], allowed: Cpuset): Promise<void> {
    if (drift.kind !== 'outside-place' && drift.kind !== 'place-lost') return;
    const rank = this.running.get(drift.rank);
    if (!rank) return;
    const place = await this.mendedPlace(rank.place, allowed);
    if (place.length > 0 && this.running.get(drift.rank) === rank) this.pin(rank, seen, place);
  }

  private pin({ rank }: Guarded, seen: readonly SeenRank[], place: Cpuset): void {
    const pids = new Set(seen.find(one => one.rank === rank)!.threads.map(thread => thread.pid));
    for (const pid of pids) pinWhoever(pid, place);
  }

  /** Places as they were planned, where their CPUs are back and nobody else has claimed them meanwhile. */
  private async giveBack(looked: readonly Guarded[], seen: readonly SeenRank[], allowed: Cpuset): Promise<PinDrift[]> {
    const back: PinDrift[] = [];
    for (const rank of looked) {
      const [was, planned] = [this.places[rank.place]!, this.planned[rank.place]!];
      if (this.running.get(rank.rank) !== rank || equal(was, planned) || subtract(planned, allowed).length > 0)
        continue;
      const place = await this.replace(rank.place, claimed => (intersect(planned, claimed).length > 0 ? was : planned));
      if (equal(place, was) || this.running.get(rank.rank) !== rank) continue;
      this.pin(rank, seen, place);
      back.push({ kind: 'place-back', rank: rank.rank, place, instead: was });
    }
    return back;
  }

  private async mendedPlace(index: number, allowed: Cpuset): Promise<Cpuset> {
    const was = this.places[index]!;
    if (subtract(was, allowed).length === 0) return was;
    return this.replace(index, (claimed, others) => mendedPlace(was, allowed, others, claimed));
  }

  /**
   * What a place no longer has is given back, what comes instead is claimed.
   * @param choose in sight of what others have claimed, and of our other places; none: it stays as it is
   */
  private async replace(
    index: number,
    choose: (claimed: Cpuset, others: readonly Cpuset[]) => Cpuset,
  ): Promise<Cpuset> {
    const others = this.places.filter((_, i) => i !== index);
    const { place } = await changeClaim(this.claim, claimed => {
      const place = choose(claimed, others);
      return { place, cpus: union([...others, place]) };
    });
    if (place.length > 0) this.places[index] = place;
    return place;
  }
}
