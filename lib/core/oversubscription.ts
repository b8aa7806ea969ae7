import { equal, union, type Cpuset } from './cpuset.js';

/** A thread as it was seen in a series of samples. */
export interface SampledThread {
  affinity: Cpuset;
  /** share of the samples in which it ran or waited for a CPU, 0 to 1 */
  running: number;
}

export type Verdict = 'fine' | 'over-subscribed';

export interface Oversubscription {
  verdict: Verdict;
  /** running threads ÷ CPUs */
  ratio: number;
  /** threads that run or wait for a CPU, on average */
  running: number;
  /** CPUs that any of the threads may use */
  cpus: Cpuset;
  /** CPUs' worth of time: the number of `cpus`, or the quota where that is less */
  effectiveCpus: number;
  /** the CPUs with the most running threads confined to them, where that is more than everywhere else */
  hottest: { cpus: Cpuset; running: number; ratio: number } | null;
}

/** More running threads for each CPU than this, and they take turns instead of working (measured: reference of issue C). */
export const MOST_RUNNING = 1.25;
/** Threads confined to few CPUs: a place that two workers share is told; three on one CPU are too many. */
export const MOST_CONFINED = 2.5;

/** Are there more running threads than CPUs, in all or on the CPUs that some of them are confined to? */
export function judgeThreads(threads: readonly SampledThread[], quota: number | null): Oversubscription {
  const cpus = union(threads.map(thread => thread.affinity));
  const effectiveCpus = Math.max(0.01, Math.min(Math.max(1, cpus.length), quota ?? Infinity));
  const running = threads.reduce((sum, thread) => sum + thread.running, 0);
  const ratio = running / effectiveCpus;
  const hottest = hottestOf(threads, cpus);
  const over = ratio > MOST_RUNNING || (hottest?.ratio ?? 0) > MOST_CONFINED;
  return { verdict: over ? 'over-subscribed' : 'fine', ratio, running, cpus, effectiveCpus, hottest };
}

function hottestOf(threads: readonly SampledThread[], all: Cpuset): Oversubscription['hottest'] {
  const confined = new Map<string, { cpus: Cpuset; running: number }>();
  for (const { affinity, running } of threads) {
    if (affinity.length === 0 || equal(affinity, all)) continue;
    const key = affinity.join();
    const found = confined.get(key) ?? { cpus: affinity, running: 0 };
    confined.set(key, { ...found, running: found.running + running });
  }
  const ranked = [...confined.values()].map(found => ({ ...found, ratio: found.running / found.cpus.length }));
  return ranked.sort((a, b) => b.ratio - a.ratio)[0] ?? null;
}
