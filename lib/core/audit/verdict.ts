import { equal, union, type Cpuset } from '../cpuset.js';
import type { ThreadUse } from './demand.js';

/**
 * `over-subscribed`: more threads want to run than there are CPUs; `thrashing`: so many more that they change places all
 * the time; `throttled by quota`: the control group's CPU time is used up; `starved by others`: the CPUs would do, but
 * other programs have them; `idle`: next to nothing wants to run.
 */
export type AuditVerdict =
  | 'fine'
  | 'over-subscribed'
  | 'thrashing'
  | 'starved by others'
  | 'throttled by quota'
  | 'idle';

/** Whether the program itself wants more than it may have: neither idle, nor fine, nor slowed by others alone. */
export function tooMuch(verdict: AuditVerdict): boolean {
  return verdict === 'over-subscribed' || verdict === 'thrashing' || verdict === 'throttled by quota';
}

/** What the control group's quota has refused within a window. */
export interface QuotaRefusal {
  /** share of the quota's periods that ended early, 0 to 1 */
  periods: number;
  /** CPUs' worth of time, on average */
  cpus: number;
}

export interface MeasuredDemand {
  verdict: AuditVerdict;
  /** CPUs wanted ÷ CPUs: time on a CPU and time waited for one, without what the quota refused */
  demand: number;
  /** all threads ÷ CPUs, sleeping ones too */
  ratio: number;
  /** CPUs' worth of time that the threads had */
  run: number;
  /** and that they waited for */
  wait: number;
  /** CPUs that any of the threads may use */
  cpus: Cpuset;
  /** CPUs' worth of time: the number of `cpus`, or the quota where that is less */
  effectiveCpus: number;
  /** how long a thread ran at a time on average, milliseconds; null where none ran */
  sliceMs: number | null;
  /** the CPUs that are wanted most by threads confined to them; null where no thread is confined to less than the rest */
  hottest: { cpus: Cpuset; wanted: number; demand: number } | null;
  throttled: QuotaRefusal | null;
}

/** Limits of the verdict, found by trial (docs/audit.md). */
export const LIMITS = {
  /** CPUs wanted in all below which a program idles */
  idle: 0.05,
  /** demand above which threads take turns instead of working */
  demand: 1.25,
  /** the same on CPUs that threads are confined to: a place that two workers share is told, three are too many */
  confined: 2.5,
  /** demand above which, with slices shorter than this (ms), most of the time goes into changing places */
  thrashing: { demand: 2, sliceMs: 0.2 },
  /** share of the wanted time spent waiting above which others have the CPUs */
  starved: 0.25,
  /** share of periods cut short above which the quota is what slows */
  throttled: 0.1,
} as const;

export type JudgedThread = Pick<ThreadUse, 'affinity' | 'run' | 'wait' | 'sliceMs'>;

/** Do more threads want to run than there are CPUs, in all or on the CPUs that some of them are confined to, and who is to blame? */
export function judge(
  threads: readonly JudgedThread[],
  quota: number | null,
  throttled: QuotaRefusal | null,
): MeasuredDemand {
  const places = placesOf(threads);
  const cpus = union(places.map(place => place.cpus));
  const count = Math.max(1, cpus.length);
  const effectiveCpus = Math.max(0.01, Math.min(count, quota ?? Infinity));
  const run = sum(threads, thread => thread.run);
  const wait = sum(threads, thread => thread.wait);
  const wanted = run + Math.max(0, wait - (throttled?.cpus ?? 0));
  const hottest = hottestOf(places, cpus);
  const sliceMs = meanSlice(threads);
  const figures = {
    demand: wanted / effectiveCpus,
    ratio: threads.length / effectiveCpus,
    run,
    wait,
    cpus,
    effectiveCpus,
    sliceMs,
    hottest,
    throttled,
  };
  return { verdict: verdictOf((run + wait) / count, figures), ...figures };
}

/** @param onCpus CPUs wanted ÷ CPUs, whatever the quota */
function verdictOf(
  onCpus: number,
  { run, wait, sliceMs, hottest, throttled }: Omit<MeasuredDemand, 'verdict'>,
): AuditVerdict {
  if (run + wait < LIMITS.idle) return 'idle';
  const most = Math.max(onCpus, hottest && hottest.demand > LIMITS.confined ? hottest.demand : 0);
  if (most > LIMITS.thrashing.demand && sliceMs !== null && sliceMs < LIMITS.thrashing.sliceMs) return 'thrashing';
  if (most > LIMITS.demand) return 'over-subscribed';
  if (throttled && throttled.periods >= LIMITS.throttled) return 'throttled by quota';
  const ownDoing = (hottest?.demand ?? 0) > LIMITS.demand;
  if (wait / (run + wait) > LIMITS.starved && !ownDoing) return 'starved by others';
  return 'fine';
}

interface Place {
  cpus: Cpuset;
  wanted: number;
}

/** What the threads of each affinity want. */
function placesOf(threads: readonly JudgedThread[]): Place[] {
  const keys = new Map<Cpuset, string>(); // thousands of threads share a few sets
  const found = new Map<string, Place>();
  for (const { affinity, run, wait } of threads) {
    let key = keys.get(affinity);
    if (key === undefined) keys.set(affinity, (key = affinity.join()));
    const place = found.get(key);
    if (place) place.wanted += run + wait;
    else found.set(key, { cpus: affinity, wanted: run + wait });
  }
  return [...found.values()];
}

function hottestOf(places: readonly Place[], all: Cpuset): MeasuredDemand['hottest'] {
  const confined = places.filter(({ cpus }) => cpus.length > 0 && !equal(cpus, all));
  const ranked = confined.map(place => ({ ...place, demand: place.wanted / place.cpus.length }));
  return ranked.sort((a, b) => b.demand - a.demand)[0] ?? null;
}

/** Each thread's slice, weighted by how often it ran: all time on a CPU ÷ all times that a thread was put on one. */
function meanSlice(threads: readonly JudgedThread[]): number | null {
  const ran = threads.filter(thread => thread.sliceMs !== null && thread.sliceMs > 0);
  const times = sum(ran, thread => thread.run / thread.sliceMs!);
  return times > 0 ? sum(ran, thread => thread.run) / times : null;
}

function sum<T>(list: readonly T[], figure: (item: T) => number): number {
  return list.reduce((total, item) => total + figure(item), 0);
}
