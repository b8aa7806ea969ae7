import type { Cpuset } from '../cpuset.js';
import type { SwitchesRecord, ThreadSamplesRecord } from '../processes/records.js';

/** CPU time that a thread used, and waited for, during a window. */
export interface ThreadUse {
  pid: number;
  tid: number;
  startTime: number;
  name: string;
  state: string;
  affinity: Cpuset;
  lastCpu: number;
  /** share of the window that it spent on a CPU, 0 to 1 */
  run: number;
  /** share of the window that it was ready and waited for a CPU, 0 to 1 */
  wait: number;
  /** share of the window during which it existed, as far as the samples tell, above 0 to 1 */
  present: number;
  /** average time on a CPU at a stretch, milliseconds; null if it did not run, or the kernel does not say */
  sliceMs: number | null;
  /** whether it existed when the window ended */
  alive: boolean;
  /** seconds on a CPU since it started */
  ran: number;
}

/** A thread's position in its first sample of the window and in the newest, without a copy of either. */
interface Watched {
  /** null: it started within the window */
  first: ThreadSamplesRecord | null;
  firstAt: number;
  last: ThreadSamplesRecord;
  lastAt: number;
  lastLook: number;
  looks: number;
  ready: number;
  affinity: Cpuset;
}

const NOWHERE: Cpuset = [];

/**
 * Measures threads over a window from the kernel's accounting (Documentation/scheduler/sched-stats.rst): time on a CPU,
 * and time ready but waiting for one. A thread that starts during the window counts from its start, one that ends up to
 * its last sample. If the kernel keeps no accounts, the share of samples that found the thread ready stands for both.
 */
export class DemandWindow {
  private readonly threads: Watched[] = [];
  private readonly byTid = new Map<number, Watched>(); // the newest thread with that tid
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
      const tid = samples.tid[i]!;
      const affinity = sets[samples.affinity[i]!];
      const ready = samples.states[i] === 'R' ? 1 : 0;
      const known = this.byTid.get(tid);
      if (known && known.last.startTime[known.lastAt] === samples.startTime[i]) {
        known.last = samples;
        known.lastAt = i;
        known.lastLook = look;
        known.looks++;
        known.ready += ready;
        known.affinity = affinity ?? known.affinity;
      } else {
        const first = look === 0 ? samples : null;
        const watched = {
          first,
          firstAt: i,
          last: samples,
          lastAt: i,
          lastLook: look,
          looks: 1,
          ready,
          affinity: affinity ?? NOWHERE,
        };
        this.byTid.set(tid, watched);
        this.threads.push(watched);
      }
    }
  }

  /** seconds from the first sample to the last */
  get seconds(): number {
    return (this.ended - this.began) / 1e9;
  }

  result(): ThreadUse[] {
    return this.threads.map(watched => {
      const { last, lastAt: i } = watched;
      const { run, wait, sliceMs } = this.shares(watched);
      // Field by field: a spread would double the cost, and there may be tens of thousands of threads.
      return {
        pid: last.pid[i]!,
        tid: last.tid[i]!,
        startTime: last.startTime[i]!,
        name: last.names[last.name[i]!]!,
        state: last.states[i]!,
        affinity: watched.affinity,
        lastCpu: last.lastCpu[i]!,
        run,
        wait,
        present: watched.first ? 1 : watched.looks / this.looks,
        sliceMs,
        alive: watched.lastLook === this.looks - 1,
        ran: (last.run[i]! || 0) / 1e9,
      };
    });
  }

  /** One array per distinct set, whichever sample it comes from. */
  private same(set: Cpuset): Cpuset {
    const key = set.join();
    const known = this.sets.get(key);
    if (!known) this.sets.set(key, set);
    return known ?? set;
  }

  private shares({ first, firstAt, last, lastAt, ready, looks }: Watched): Pick<ThreadUse, 'run' | 'wait' | 'sliceMs'> {
    if (Number.isNaN(last.run[lastAt]!) || Number.isNaN(last.wait[lastAt]!))
      return { run: ready / Math.max(looks, this.looks), wait: 0, sliceMs: null };
    const whole = this.ended - this.began;
    const measured = first ? last.readAt[lastAt]! - first.readAt[firstAt]! : 0;
    const window = Math.max(1, measured > 0 ? Math.max(measured, 0.9 * whole) : whole);
    const since = (figure: 'run' | 'wait' | 'slices') => last[figure][lastAt]! - (first ? first[figure][firstAt]! : 0);
    const run = Math.max(0, since('run'));
    const wait = Math.max(0, since('wait'));
    const slices = since('slices');
    // A thread cannot run and wait at once: a sum above the window is the kernel's rounding at its edges.
    const most = Math.max(1, (run + wait) / window);
    return { run: run / window / most, wait: wait / window / most, sliceMs: slices > 0 ? run / slices / 1e6 : null };
  }
}

/** Threads whose context switches are read: that doubles the cost of a thread, so only those that seem to work. */
const MOST_SWITCHES = 512;

/** Tids of the threads that run now, then of those that have run longest. */
export function likelyActive(threads: readonly ThreadUse[]): number[] {
  const rank = (thread: ThreadUse) => (thread.state === 'R' ? 1 : 0);
  return [...threads]
    .filter(thread => thread.state === 'R' || thread.ran > 0.01)
    .sort((a, b) => rank(b) - rank(a) || b.ran - a.ran)
    .slice(0, MOST_SWITCHES)
    .map(thread => thread.tid);
}

/** Context switches per second of the threads that are in both readings. */
export function switchRates(
  first: SwitchesRecord,
  last: SwitchesRecord,
): Map<number, { voluntary: number; involuntary: number }> {
  const before = new Map(Array.from(first.tid, (tid, i) => [tid, i]));
  const rates = new Map<number, { voluntary: number; involuntary: number }>();
  last.tid.forEach((tid, i) => {
    const j = before.get(tid);
    const seconds = j === undefined ? 0 : (last.readAt[i]! - first.readAt[j]!) / 1e9;
    if (j === undefined || seconds <= 0) return;
    const rate = (figures: 'voluntary' | 'involuntary') =>
      Math.max(0, last[figures][i]! - first[figures][j]!) / seconds;
    rates.set(tid, { voluntary: rate('voluntary'), involuntary: rate('involuntary') });
  });
  return rates;
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
