import type { Cpuset } from '../cpuset.js';
import type { GpuVariable } from '../machine/visible-gpus.js';
import { judge } from '../audit/verdict.js';
import type { ThreadRecord } from '../records.js';

/** What a run was seen to be, against what it was planned to be. */
export interface RunMeasurement {
  /** workers that have a place, and how many distinct places those are */
  workers: number;
  places: number;
  /** threads of the program's whole tree, the most that were seen at once */
  threads: number;
  /** of those the ones that worked at all; the rest slept */
  working: number;
  /** threads that run or wait for a CPU ÷ CPUs, on average */
  demand: number;
}

/** What of a run is not as planned. */
export type RunWarning =
  | { kind: 'places-shared'; workers: number; places: readonly Cpuset[] }
  | { kind: 'pin-failed'; reason: string }
  | { kind: 'not-claimed'; reason: string }
  | ({ kind: 'gpus-unresolved' } & GpuVariable);

/** Looks at the threads of a program, added up since the workers last changed. */
export class Measurement {
  private most = { threads: 0, workers: 0, places: 0 };
  /** CPU time of each thread when it was first seen, and whether it has worked since */
  private readonly work = new Map<string, { cpuTime: number; worked: boolean }>();
  private looks = 0;
  private demands = 0;

  /** @param held place of each worker that has one */
  add(threads: readonly ThreadRecord[], held: ReadonlyMap<string, number>): void {
    for (const { tid, startTime, cpuTime, state } of threads) {
      const key = `${tid}@${startTime}`;
      const before = this.work.get(key) ?? { cpuTime, worked: false };
      this.work.set(key, { ...before, worked: before.worked || state === 'R' || cpuTime > before.cpuTime });
    }
    if (threads.length >= this.most.threads)
      this.most = { threads: threads.length, workers: held.size, places: new Set(held.values()).size };
    const sampled = threads.map(({ affinity, state }) => ({
      affinity: affinity ?? [],
      run: state === 'R' ? 1 : 0,
      wait: 0,
      sliceMs: null,
    }));
    this.demands += judge(sampled, null, null).demand;
    this.looks++;
  }

  /** null where nothing has been seen */
  result(): RunMeasurement | null {
    if (this.looks === 0) return null;
    const working = [...this.work.values()].filter(({ worked }) => worked).length;
    return { ...this.most, working: Math.min(working, this.most.threads), demand: this.demands / this.looks };
  }
}
