import { Measurement, type RunMeasurement } from '../core/launch/measured.js';
import type { ThreadRecord } from '../core/processes/records.js';

/** Times between two samples of the threads; the last while no workers have been found for some time. */
const LOOK_MS = { shortest: 100, longest: 1000, withoutWorkers: 5000 };
/** Workers that have had their places for this long are measured enough. */
const SETTLED_MS = 3000;
/** If workers come and go all the time, this long after the first got its place is enough too. */
const LONGEST_MS = 15_000;
/** Measuring may take this part of one CPU's time. */
const OWN_CPU_SHARE = 0.005;

export interface RunMeterOptions {
  /** the threads of the program at this moment, and the place of each worker that has one, by its identity */
  look(): { threads: readonly ThreadRecord[]; held: ReadonlyMap<string, number> };
  /** called once, some seconds after the last worker got its place, or at the end */
  onMeasured?: ((measured: RunMeasurement) => void) | undefined;
}

/** Measures how many threads a program has and how many CPUs they want. */
export class RunMeter {
  private readonly began = performance.now();
  private timer: NodeJS.Timeout | undefined;
  private firstPlaced: number | null = null;
  private lastPlaced: number | null = null;
  /** null once it was reported */
  private measurement: Measurement | null = new Measurement();

  constructor(private readonly options: RunMeterOptions) {
    this.measure();
  }

  /** Workers have just got places: what was measured before does not count. */
  placed(): void {
    this.lastPlaced = performance.now();
    this.firstPlaced ??= this.lastPlaced;
    if (!this.measurement) return;
    clearTimeout(this.timer);
    this.measurement = new Measurement();
    this.measure();
  }

  /** Reports what was measured, unless the run was short and had no workers. */
  stop(): void {
    clearTimeout(this.timer);
    if (this.lastPlaced !== null || performance.now() - this.began >= SETTLED_MS) this.report();
  }

  private measure(): void {
    if (!this.measurement) return;
    const before = process.cpuUsage();
    const { threads, held } = this.options.look();
    this.measurement.add(threads, held);
    if (this.isEnough()) return this.report();
    this.timer = setTimeout(() => this.measure(), this.pauseAfter(process.cpuUsage(before)));
  }

  private isEnough(): boolean {
    const now = performance.now();
    return this.lastPlaced !== null && (now - this.lastPlaced >= SETTLED_MS || now - this.firstPlaced! >= LONGEST_MS);
  }

  /** @param microseconds of CPU time that the last sample took */
  private pauseAfter({ user, system }: NodeJS.CpuUsage): number {
    if (this.lastPlaced === null && performance.now() - this.began >= LONGEST_MS) return LOOK_MS.withoutWorkers;
    return Math.min(LOOK_MS.longest, Math.max(LOOK_MS.shortest, (user + system) / 1000 / OWN_CPU_SHARE));
  }

  private report(): void {
    const measured = this.measurement?.result();
    this.measurement = null;
    if (measured) this.options.onMeasured?.(measured);
  }
}
