import { judge } from '../audit/verdict.js';
import type { ThreadRecord } from '../processes/records.js';

/** The workers of a run, and how much CPU its threads want. */
export interface RunMeasurement {
  /** workers that had a place when the most threads were seen */
  workers: number;
  /** how many different places they had */
  places: number;
  /** threads of the whole process tree: the most that were seen at once */
  threads: number;
  /** threads that used a CPU at all; the others slept all the time */
  working: number;
  /** threads that run or wait for a CPU ÷ CPUs that the threads may use, on average */
  demand: number;
}

/** Adds up samples of the threads of a program. */
export class Measurement {
  private most = { threads: 0, workers: 0, places: 0 };
  /** CPU time of each thread when it was first seen, and whether it has worked since */
  private readonly work = new Map<string, { cpuTime: number; worked: boolean }>();
  private looks = 0;
  private demands = 0;

  /** @param held index of the place of each worker that has one, by the worker's identity */
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

  /** null without a sample */
  result(): RunMeasurement | null {
    if (this.looks === 0) return null;
    const working = [...this.work.values()].filter(({ worked }) => worked).length;
    return { ...this.most, working: Math.min(working, this.most.threads), demand: this.demands / this.looks };
  }
}
