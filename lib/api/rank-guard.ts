import { setTimeout as pause } from 'node:timers/promises';
import { subtract, union, type Cpuset } from '../core/cpuset.js';
import { allowedCpus } from '../core/host.js';
import { mendedPlace, verify, type Drift, type SeenRank, type Verification } from '../core/verify.js';
import { pinWhoever } from '../system/affinity.js';
import { readHost } from '../system/host.js';
import type { Claim } from '../system/ledger.js';
import { lookAtRanks } from '../system/look-at-ranks.js';
import { changeClaim } from './claim-places.js';

export interface GuardOptions {
  /** seconds after the first start at which the ranks are verified; default 2 */
  verifyAfter?: number | undefined;
  /** and again every so many seconds; default: not again */
  verifyEvery?: number | undefined;
  /** mend what has drifted; default false */
  enforce?: boolean | undefined;
  onVerified?: ((verification: Verification) => void) | undefined;
}

const DEFAULT_AFTER = 2;

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
  private going = false;

  /**
   * @param places which are replaced where their CPUs are lost
   * @param claim on the CPUs of the places; null where they are not claimed
   */
  constructor(
    private readonly places: Cpuset[],
    private readonly planned: { threadsPerWorker: number; shared: () => boolean },
    private readonly options: GuardOptions,
    private readonly claim: Claim | null = null,
  ) {}

  /** @param place index of its place; a rank that has been told before has moved */
  started(rank: number, pid: number, place: number): void {
    this.running.set(rank, { rank, pid, place });
    if (!this.going) this.run().catch(() => {});  // ends by the abort alone
    this.going = true;
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
    await pause(verifyAfter * 1000, undefined, { signal });
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
    const verification = verify(seen, allowed, this.planned.threadsPerWorker, this.planned.shared());
    this.options.onVerified?.(verification);
    if (this.options.enforce) for (const drift of verification.drifts) await this.mend(drift, seen, allowed);
  }

  private async mend(drift: Drift, seen: readonly SeenRank[], allowed: Cpuset): Promise<void> {
    if (drift.kind !== 'outside-place' && drift.kind !== 'place-lost') return;
    const rank = this.running.get(drift.rank);
    if (!rank) return;
    const place = await this.mendedPlace(rank.place, allowed);
    if (place.length === 0 || this.running.get(drift.rank) !== rank) return;
    const pids = new Set(seen.find(one => one.rank === drift.rank)!.threads.map(thread => thread.pid));
    for (const pid of pids) pinWhoever(pid, place);
  }

  /** What is lost of a place is given back, what comes instead is claimed. */
  private async mendedPlace(index: number, allowed: Cpuset): Promise<Cpuset> {
    const was = this.places[index]!;
    if (subtract(was, allowed).length === 0) return was;
    const others = this.places.filter((_, i) => i !== index);
    const { place } = await changeClaim(this.claim, claimed => {
      const place = mendedPlace(was, allowed, others, claimed);
      return { place, cpus: union([...others, place]) };
    });
    if (place.length > 0) this.places[index] = place;
    return place;
  }
}
