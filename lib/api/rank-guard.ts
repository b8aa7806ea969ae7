import { setTimeout as pause } from 'node:timers/promises';
import { equal, subtract, union, type Cpuset } from '../core/cpuset.js';
import { allowedCpus } from '../core/host.js';
import type { LaunchPlan } from '../core/launch-plan.js';
import { mendedPlace, verify, type Drift, type SeenRank, type Verification } from '../core/verify.js';
import { pinWhoever } from '../system/affinity.js';
import { readHost } from '../system/host.js';
import type { Claim } from '../system/ledger.js';
import { lookAtRanks, type RunningRank } from '../system/look-at-ranks.js';
import { changeClaim } from './claim-places.js';

export interface GuardOptions {
  verifyAfter?: number | undefined;
  verifyEvery?: number | undefined;
  enforce?: boolean | undefined;
  onVerified?: ((verification: Verification) => void) | undefined;
}

/** Seconds after the last start at which ranks are verified. */
const DEFAULT_AFTER = 2;

/** Verifies the ranks of a launch some time after they have started, and again; mends them where it is told to. */
export class RankGuard {
  private readonly running = new Map<number, RunningRank>();
  private readonly abort = new AbortController();
  private readonly places: Cpuset[];
  private going = false;

  /** @param claim on the CPUs of the places; null where they are not claimed */
  constructor(private readonly plan: LaunchPlan, private readonly options: GuardOptions, private readonly claim: Claim | null = null) {
    this.places = plan.ranks.map(rank => rank.place);
  }

  started(rank: number, pid: number): void {
    this.running.set(rank, { rank, pid, place: this.places[rank]! });
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
    const seen = (await lookAtRanks(looked, signal)).filter((_, i) => this.running.get(looked[i]!.rank) === looked[i]);
    if (seen.length === 0) return;
    const allowed = allowedCpus(readHost());
    const verification = verify(seen, allowed, this.plan.budget.threadsPerWorker, this.plan.shared);
    this.options.onVerified?.(verification);
    if (this.options.enforce) for (const drift of verification.drifts) await this.mend(drift, seen, allowed);
  }

  private async mend(drift: Drift, seen: readonly SeenRank[], allowed: Cpuset): Promise<void> {
    if (drift.kind !== 'outside-place' && drift.kind !== 'place-lost') return;
    const rank = this.running.get(drift.rank);
    if (!rank) return;
    const place = await this.mendedPlace(rank, allowed);
    if (place.length === 0 || this.running.get(drift.rank) !== rank) return;
    if (!equal(place, rank.place)) this.running.set(drift.rank, { ...rank, place });
    const pids = new Set(seen.find(one => one.rank === drift.rank)!.threads.map(thread => thread.pid));
    for (const pid of pids) pinWhoever(pid, place);
  }

  /** What is lost of a place is given back, what comes instead is claimed. */
  private async mendedPlace({ rank, place: was }: RunningRank, allowed: Cpuset): Promise<Cpuset> {
    if (subtract(was, allowed).length === 0) return was;
    const others = this.places.filter((_, i) => i !== rank);
    const { place } = await changeClaim(this.claim, claimed => {
      const place = mendedPlace(was, allowed, others, claimed);
      return { place, cpus: union([...others, place]) };
    });
    if (place.length > 0) this.places[rank] = place;
    return place;
  }
}
