import { intersect, subtract, union, type Cpuset } from '../core/cpuset.js';
import { LentTimeline, type LentTime } from '../core/lend/lent-time.js';
import { usedByOthers } from '../core/lend/used-by-others.js';
import type { LentCpuRecord } from '../core/lend/records.js';
import { loadBetween, type CpuTime } from '../core/machine/load.js';
import { LendPage } from '../system/lend/page.js';
import { readCpuTimes } from '../system/machine/load.js';

/**
 * Pauses between two looks at the loans. With loans: an owner that is back has its CPU again after that at the latest,
 * though its borrower computes on.
 */
const PAUSE_MS = { withLoans: 40, without: 200 };
/** CPUs that other programs use are withheld after this time. */
const OTHERS_EVERY_MS = 500;

/** The CPUs that a run lends. */
export interface LenderOptions {
  places: readonly Cpuset[];
  /** whether it has claimed its places; of what it has not, it lends what nobody else claims */
  claimed: boolean;
  /** places that it has not claimed; default: none */
  spare?: readonly Cpuset[];
  /** withhold CPUs that programs use which neither own nor borrow any; default true */
  heedOthers?: boolean;
}

/** Lends the CPUs of a run's or a launch's workers while those leave them idle. */
export class Lender {
  private readonly page: LendPage;
  private readonly cpus: Cpuset;
  private readonly unclaimed: Cpuset;
  private timer: NodeJS.Timeout;
  /** places by the pids of their workers */
  private readonly held = new Map<number, Cpuset>();
  private program: number | null = null;
  private before: { at: number; times: Map<number, CpuTime>; lent: LentCpuRecord[] } | null = null;
  private readonly began = performance.now();
  private keptAt = this.began;
  private readonly timeline = new LentTimeline();

  /** what a program needs to lend and borrow */
  readonly variables: Record<string, string>;

  /** @throws GovernorError LEDGER_UNUSABLE, NOT_SUPPORTED */
  constructor(private readonly options: LenderOptions) {
    const { places, claimed, spare = [] } = options;
    this.cpus = union([...places, ...spare]);
    this.unclaimed = claimed ? subtract(this.cpus, union(places)) : this.cpus;
    this.page = LendPage.open();
    this.variables = this.page.variables(process.env);
    this.timer = setTimeout(() => this.keep(), PAUSE_MS.withLoans);
  }

  /** what was lent so far */
  get lent(): LentTime {
    return this.timeline.result();
  }

  /** A program has started: what no worker has is its own. */
  started(program: number): void {
    this.program = program;
    this.lendRest(this.cpus);
  }

  /** A worker has got its place, or another one. */
  pinned(worker: number, place: Cpuset): void {
    const before = this.held.get(worker) ?? [];
    this.held.set(worker, place);
    this.page.lendPlace(place, worker);
    this.lendRest(before);
  }

  /** A worker has ended. */
  gone(worker: number): void {
    const place = this.held.get(worker) ?? [];
    this.held.delete(worker);
    this.lendRest(place);
  }

  /** the CPUs that processes have borrowed just now, by their pids */
  get borrowed(): ReadonlyMap<number, Cpuset> {
    const found = new Map<number, number[]>();
    for (const { cpu, borrower } of this.page.cpus) found.set(borrower, [...(found.get(borrower) ?? []), cpu]);
    return found;
  }

  /** Ends all loans. */
  stop(): void {
    clearTimeout(this.timer);
    this.page.close();
  }

  private lendRest(cpus: Cpuset): void {
    const rest = subtract(cpus, union([...this.held.values()]));
    if (this.program === null || rest.length === 0) return;
    this.page.lendRest(subtract(rest, this.unclaimed), this.program, true);
    this.page.lendRest(intersect(rest, this.unclaimed), this.program, false);
  }

  private keep(): void {
    const borrowed = this.page.keep();
    const now = performance.now();
    this.timeline.add((this.keptAt - this.began) / 1000, (now - this.began) / 1000, borrowed);
    this.keptAt = now;
    const due = now - (this.before?.at ?? this.began) >= OTHERS_EVERY_MS;
    if (due && this.options.heedOthers !== false) this.withholdFromOthers();
    this.timer = setTimeout(() => this.keep(), borrowed > 0 ? PAUSE_MS.withLoans : PAUSE_MS.without);
  }

  private withholdFromOthers(): void {
    const now = { at: performance.now(), times: readCpuTimes(), lent: this.page.cpus };
    if (this.before) {
      const seconds = (now.at - this.before.at) / 1000;
      const load = loadBetween(this.before.times, now.times);
      this.page.withhold(usedByOthers(this.before.lent, now.lent, seconds, load));
    }
    this.before = now;
  }
}
