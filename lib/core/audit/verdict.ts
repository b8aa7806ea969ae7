import { equal, union, type Cpuset } from '../cpuset.js';
import type { ThreadUse } from './demand.js';

/** Whether a program has more to do than its CPUs can, and why. */
export type AuditVerdict =
  /** there are enough CPUs */
  | 'fine'
  /** more threads want to run than there are CPUs */
  | 'over-subscribed'
  /** threads share a few CPUs while others that the program could use are idle; `findings` has the cause */
  | 'stacked'
  /** so many more that most of the time goes into switching between them */
  | 'thrashing'
  /** there are enough CPUs, but other programs use them */
  | 'starved by others'
  /** the control group's CPU time is used up */
  | 'throttled by quota'
  /** almost no thread wants to run */
  | 'idle';

const TOO_MUCH: readonly AuditVerdict[] = ['over-subscribed', 'stacked', 'thrashing', 'throttled by quota'];

/** Whether the program itself wants more than it may use: neither idle, nor fine, nor only slowed by others. */
export function tooMuch(verdict: AuditVerdict): boolean {
  return TOO_MUCH.includes(verdict);
}

/** CPU time that the control group's quota refused during a window. */
export interface QuotaRefusal {
  /** share of the quota's periods that ended early, 0 to 1 */
  periods: number;
  /** CPUs refused, on average */
  cpus: number;
}

/** How many CPUs the threads of a process tree want, and how many there are. */
export interface MeasuredDemand {
  /** whether the program wants more CPUs than it has, and why */
  verdict: AuditVerdict;
  /** CPUs wanted ÷ CPUs: time on a CPU and time waiting for one, without the time that the quota refused */
  demand: number;
  /** all threads ÷ CPUs, including sleeping threads */
  ratio: number;
  /** CPUs that the threads used, on average */
  run: number;
  /** CPUs that the threads waited for, on average */
  wait: number;
  /** CPUs that any of the threads may use */
  cpus: Cpuset;
  /** the number of `cpus`, or the quota if that is less */
  effectiveCpus: number;
  /** average time on a CPU at a stretch, milliseconds; null if no thread ran */
  sliceMs: number | null;
  /** the CPUs wanted most by threads confined to them; null if no thread is confined to fewer CPUs than the rest */
  hottest: { cpus: Cpuset; wanted: number; demand: number } | null;
  /** what the control group's quota refused; null if it has none, or that is unknown */
  throttled: QuotaRefusal | null;
}

/** Thresholds of the verdict, found by experiment (docs/audit.md). */
export const LIMITS = {
  /** CPUs wanted below which a program is idle */
  idle: 0.05,
  /** demand above which a program is over-subscribed */
  demand: 1.25,
  /** the same for CPUs that threads are confined to: two workers may share a place, three are too many */
  confined: 2.5,
  /** thrashing: demand above this with slices shorter than this many ms */
  thrashing: { demand: 2, sliceMs: 0.2 },
  /** share of the wanted time spent waiting above which other programs use the CPUs */
  starved: 0.25,
  /** share of the quota's periods cut short from which the quota is the limit */
  throttled: 0.1,
} as const;

export type JudgedThread = Pick<ThreadUse, 'affinity' | 'run' | 'wait' | 'sliceMs'>;

/** Whether more threads want to run than there are CPUs, overall or on the CPUs that some are confined to, and why. */
export function judge(
  threads: readonly JudgedThread[],
  quota: number | null,
  throttled: QuotaRefusal | null,
): MeasuredDemand {
  const places = placesOf(threads);
  const cpus = union(places.map(place => place.cpus));
  const available = Math.max(1, cpus.length);
  const effectiveCpus = Math.max(0.01, Math.min(available, quota ?? Infinity));
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
  return { verdict: verdictOf((run + wait) / available, figures), ...figures };
}

/** @param onCpus CPUs wanted ÷ CPUs, ignoring the quota */
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

/** CPUs wanted by the threads of each distinct affinity. */
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

/** All threads' time on a CPU ÷ the number of times a thread was put on one, in milliseconds. */
function meanSlice(threads: readonly JudgedThread[]): number | null {
  const ran = threads.filter(thread => thread.sliceMs !== null && thread.sliceMs > 0);
  const times = sum(ran, thread => thread.run / thread.sliceMs!);
  return times > 0 ? sum(ran, thread => thread.run) / times : null;
}

function sum<T>(list: readonly T[], figure: (item: T) => number): number {
  return list.reduce((total, item) => total + figure(item), 0);
}
