import { setTimeout as pause } from 'node:timers/promises';
import { equal, type Cpuset } from '../core/cpuset.js';
import { allowedCpus } from '../core/host.js';
import type { LaunchPlan } from '../core/launch-plan.js';
import { mendedPlace, verify, type Drift, type SeenRank, type Verification } from '../core/verify.js';
import { GovernorError } from '../errors.js';
import { pinProcess } from '../system/affinity.js';
import { readHost } from '../system/host.js';
import { lookAtRanks, type RunningRank } from '../system/look-at-ranks.js';
import { native } from '../system/native.js';

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

  constructor(private readonly plan: LaunchPlan, private readonly options: GuardOptions) {
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
    if (this.options.enforce) for (const drift of verification.drifts) this.mend(drift, seen, allowed);
  }

  private mend(drift: Drift, seen: readonly SeenRank[], allowed: Cpuset): void {
    if (drift.kind !== 'outside-place' && drift.kind !== 'place-lost') return;
    const rank = this.running.get(drift.rank);
    if (!rank) return;
    const others = this.places.filter((_, i) => i !== drift.rank);
    const place = mendedPlace(rank.place, allowed, others);
    if (place.length === 0) return;
    if (!equal(place, rank.place)) {
      this.places[drift.rank] = place;
      this.running.set(drift.rank, { ...rank, place });
    }
    const pids = new Set(seen.find(one => one.rank === drift.rank)!.threads.map(thread => thread.pid));
    for (const pid of pids) pinAll(pid, place);
  }
}

/** A process that ends meanwhile, or whose CPUs go once more, is looked at again the next time. */
function pinAll(pid: number, place: Cpuset): void {
  const process = native.process(pid);
  if (!process) return;
  try {
    pinProcess(pid, process.startTime, place);
  } catch (error) {
    if (!(error instanceof GovernorError)) throw error;
  }
}
