import type { Cpuset } from './cpuset.js';
import type { SwitchesRecord, ThreadSamplesRecord } from './records.js';

/** What a thread had of the CPUs, and wanted, over a window. */
export interface ThreadUse {
  pid: number;
  tid: number;
  startTime: number;
  name: string;
  state: string;
  affinity: Cpuset;
  lastCpu: number;
  /** share of the window that it was on a CPU, 0 to 1 */
  run: number;
  /** share of the window that it was ready and waited for a CPU, 0 to 1 */
  wait: number;
  /** how long it ran at a time on average, milliseconds; null where it did not run, or the kernel does not tell */
  slice: number | null;
  /** whether it was there when the window ended */
  alive: boolean;
  /** seconds on a CPU since it started */
  ran: number;
}

interface Reading {
  at: number;
  run: number;
  wait: number;
  slices: number;
}

interface Watched {
  first: Reading | null;
  last: Reading;
  lastLook: number;
  looks: number;
  ready: number;
  thread: Omit<ThreadUse, 'run' | 'wait' | 'slice' | 'alive' | 'ran'>;
}

/**
 * Threads over a window, by the kernel's own account of each (Documentation/scheduler/sched-stats.rst): time on a CPU
 * and time ready but waiting for one. A thread that starts within the window counts from its start; of one that ends,
 * what was seen. Where the kernel keeps no account, the share of the looks that found it ready stands for both.
 */
export class DemandWindow {
  private readonly threads = new Map<string, Watched>();
  private readonly sets = new Map<string, Cpuset>();
  private looks = 0;
  private began = 0;
  private ended = 0;

  add(samples: ThreadSamplesRecord): void {
    const look = this.looks++;
    if (look === 0) this.began = samples.readAt[0] ?? 0;
    this.ended = Math.max(this.ended, samples.readAt.at(-1) ?? 0);
    const sets = samples.sets.map(set => this.same(set));
    for (let i = 0; i < samples.tid.length; i++) {
      const key = threadKey({ tid: samples.tid[i]!, startTime: samples.startTime[i]! });
      const reading = { at: samples.readAt[i]!, run: samples.run[i]!, wait: samples.wait[i]!, slices: samples.slices[i]! };
      const state = samples.states[i]!;
      const before = this.threads.get(key);
      const affinity = sets[samples.affinity[i]!];
      this.threads.set(key, {
        first: before ? before.first : look === 0 ? reading : null,
        last: reading,
        lastLook: look,
        looks: (before?.looks ?? 0) + 1,
        ready: (before?.ready ?? 0) + (state === 'R' ? 1 : 0),
        thread: {
          pid: samples.pid[i]!, tid: samples.tid[i]!, startTime: samples.startTime[i]!, name: samples.names[samples.name[i]!]!, state,
          affinity: affinity ?? before?.thread.affinity ?? [], lastCpu: samples.lastCpu[i]!,
        },
      });
    }
  }

  /** seconds from the first look to the last */
  get seconds(): number {
    return (this.ended - this.began) / 1e9;
  }

  result(): ThreadUse[] {
    return [...this.threads.values()].map(watched => ({ ...watched.thread, ...this.shares(watched), alive: watched.lastLook === this.looks - 1, ran: (watched.last.run || 0) / 1e9 }));
  }

  /** One array for each distinct set, whichever look it comes from. */
  private same(set: Cpuset): Cpuset {
    const key = set.join();
    const known = this.sets.get(key);
    if (!known) this.sets.set(key, set);
    return known ?? set;
  }

  private shares({ first, last, ready, looks }: Watched): Pick<ThreadUse, 'run' | 'wait' | 'slice'> {
    if (Number.isNaN(last.run) || Number.isNaN(last.wait)) return { run: ready / Math.max(looks, this.looks), wait: 0, slice: null };
    const base = first ?? { at: this.began, run: 0, wait: 0, slices: 0 };
    const window = Math.max(1, first && last.at > first.at ? Math.max(last.at - first.at, 0.9 * (this.ended - this.began)) : this.ended - this.began);
    const run = Math.max(0, last.run - base.run);
    const wait = Math.max(0, last.wait - base.wait);
    const slices = last.slices - base.slices;
    // A thread cannot do both at once: more than the window is the kernel's rounding at its edges.
    const most = Math.max(1, (run + wait) / window);
    return { run: run / window / most, wait: wait / window / most, slice: slices > 0 ? run / slices / 1e6 : null };
  }
}

/** Reading how often a thread was switched costs as much as all else about it: only of those that seem to work, at most so many. */
const MOST_SWITCHES = 512;

/** Threads that run now, and those that have run most so far. */
export function likelyActive(threads: readonly ThreadUse[]): number[] {
  const rank = (thread: ThreadUse) => (thread.state === 'R' ? 1 : 0);
  return [...threads].filter(thread => thread.state === 'R' || thread.ran > 0.01).sort((a, b) => rank(b) - rank(a) || b.ran - a.ran).slice(0, MOST_SWITCHES).map(thread => thread.tid);
}

/** Switches a second of the threads that two readings have in common. */
export function switchRates(first: SwitchesRecord, last: SwitchesRecord): Map<number, { voluntary: number; involuntary: number }> {
  const before = new Map(Array.from(first.tid, (tid, i) => [tid, i]));
  const rates = new Map<number, { voluntary: number; involuntary: number }>();
  last.tid.forEach((tid, i) => {
    const j = before.get(tid);
    const seconds = j === undefined ? 0 : (last.readAt[i]! - first.readAt[j]!) / 1e9;
    if (j === undefined || seconds <= 0) return;
    const rate = (figures: 'voluntary' | 'involuntary') => Math.max(0, last[figures][i]! - first[figures][j]!) / seconds;
    rates.set(tid, { voluntary: rate('voluntary'), involuntary: rate('involuntary') });
  });
  return rates;
}

/** What a thread is, as text that stays the same when its number is given to another. */
export function threadKey({ tid, startTime }: Pick<ThreadUse, 'tid' | 'startTime'>): string {
  return `${tid}@${startTime}`;
}

export function groupedByPid<T extends { pid: number }>(threads: readonly T[]): Map<number, T[]> {
  const groups = new Map<number, T[]>();
  for (const thread of threads) {
    const group = groups.get(thread.pid);
    if (group) group.push(thread);
    else groups.set(thread.pid, [thread]);
  }
  return groups;
}
