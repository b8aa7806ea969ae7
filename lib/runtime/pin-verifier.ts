import { setTimeout as pause } from 'node:timers/promises';
import { union, type Cpuset } from '../core/cpuset.js';
import { allowedCpus } from '../core/machine/host.js';
import type { RunWarning } from '../core/launch/run-warning.js';
import { verify, type PinVerification } from '../core/launch/verification.js';
import { readHost } from '../system/machine/host.js';
import { lookAtRanks } from '../system/launch/look-at-ranks.js';
import type { HeldPlaces } from './held-places.js';
import { PinRepair, type LookedAtRank, type PlacedRank } from './pin-repair.js';

/** When the pins of ranks or workers are verified, and what happens if they have drifted. */
export interface VerifyOptions {
  /**
   * seconds from the last start of a rank or worker to the first verification, from 0 to 2,000,000; starts more than 15
   * seconds after the first one do not delay it; default 2
   */
  verifyAfter?: number | undefined;
  /** seconds from one verification to the next, from 0 to 2,000,000; default: there is only one */
  verifyEvery?: number | undefined;
  /**
   * after each verification, put threads that have left their place back, and replace CPUs that went offline or are no
   * longer allowed; default false
   */
  enforce?: boolean | undefined;
  /** called with what each verification has found, before threads that have left their place are put back */
  onVerified?: ((verification: PinVerification) => void) | undefined;
}

export interface PinVerifierOptions extends VerifyOptions {
  places: HeldPlaces;
  threadsPerWorker: number;
  /** whether ranks share CPUs because there are too few places */
  shared(): boolean;
  /** the CPUs that ranks or workers have borrowed, by their pids */
  borrowed(): ReadonlyMap<number, Cpuset>;
  onWarning?: ((warning: RunWarning) => void) | undefined;
}

const DEFAULT_AFTER_SECONDS = 2;
/** The first verification waits no longer than this for the last start. */
const LONGEST_START_SECONDS = 15;

/** Verifies that ranks or workers are on their places: some time after they have started, and again if asked. */
export class PinVerifier {
  private readonly running = new Map<number, PlacedRank>();
  private readonly abort = new AbortController();
  private readonly repair: PinRepair | null;
  private firstStart: number | null = null;
  private lastStart = 0;

  constructor(private readonly options: PinVerifierOptions) {
    const isCurrent = (placed: PlacedRank) => this.running.get(placed.rank) === placed;
    this.repair = options.enforce ? new PinRepair({ places: options.places, isCurrent }) : null;
  }

  /** @param place index of its place; a rank that is running already has moved there */
  started(rank: number, pid: number, place: number): void {
    this.running.set(rank, { rank, pid, place });
    this.lastStart = performance.now();
    if (this.firstStart !== null) return;
    this.firstStart = this.lastStart;
    this.run(this.firstStart).catch((error: unknown) => {
      if (!this.abort.signal.aborted) this.options.onWarning?.({ kind: 'not-verified', reason: messageOf(error) });
    });
  }

  ended(rank: number): void {
    this.running.delete(rank);
  }

  stop(): void {
    this.abort.abort();
  }

  private async run(firstStart: number): Promise<void> {
    const { verifyAfter = DEFAULT_AFTER_SECONDS, verifyEvery } = this.options;
    const { signal } = this.abort;
    for (let left = verifyAfter * 1000; left > 0; ) {
      await pause(left, undefined, { signal });
      const started = Math.min(this.lastStart, firstStart + LONGEST_START_SECONDS * 1000);
      left = started + verifyAfter * 1000 - performance.now();
    }
    for (;;) {
      await this.verify(signal);
      if (verifyEvery === undefined) return;
      await pause(verifyEvery * 1000, undefined, { signal });
    }
  }

  private async verify(signal: AbortSignal): Promise<void> {
    const { threadsPerWorker, shared, onVerified } = this.options;
    const ranks = await this.lookAtAll(signal);
    if (ranks.length === 0) return;
    const allowed = allowedCpus(readHost());
    const seen = ranks.map(rank => rank.seen);
    const verification = verify(seen, allowed, threadsPerWorker, shared());
    if (this.repair) verification.drifts.push(...(await this.repair.returnPlaces(ranks, allowed)));
    onVerified?.(verification);
    for (const drift of verification.drifts) await this.repair?.repair(drift, ranks, allowed);
  }

  /** The ranks that were still on the same place when their threads had been read. */
  private async lookAtAll(signal: AbortSignal): Promise<LookedAtRank[]> {
    const all = [...this.running.values()];
    const { current } = this.options.places;
    const places = all.map(({ rank, pid, place }) => ({ rank, pid, place: current[place]! }));
    const before = this.options.borrowed();
    const seen = await lookAtRanks(places, signal);
    const after = this.options.borrowed();
    return all
      .map((placed, i): LookedAtRank => {
        const borrowed = union([before, after].map(loans => loans.get(placed.pid) ?? []));
        return { placed, seen: { ...seen[i]!, borrowed } };
      })
      .filter(({ placed }) => this.running.get(placed.rank) === placed);
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
