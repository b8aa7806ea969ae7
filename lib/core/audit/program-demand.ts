import type { ThreadUse } from './demand.js';
import { judge, type MeasuredDemand, type QuotaRefusal } from './verdict.js';

/** A process tree of the machine, the CPUs it wants, and the verdict. */
export interface ProgramRecord extends MeasuredDemand {
  /** pid of its root */
  pid: number;
  /** clock ticks since boot; (pid, startTime) identifies a process */
  startTime: number;
  /** the root's effective user; null if unknown */
  uid: number | null;
  /** name of that user in /etc/passwd; null if it has none */
  user: string | null;
  /** name of the root's program, at most 15 characters */
  command: string;
  /** the root's program and arguments; empty if we may not read them */
  commandLine: readonly string[];
  /** processes of the tree when the window ended */
  processes: number;
  /** threads of the tree when the window ended */
  threads: number;
  /** CPUs wanted: `demand` × `effectiveCpus` */
  wanted: number;
}

/** @param uses of all its threads; those that ended during the window count for demand but not as threads */
export function programDemand(
  uses: readonly ThreadUse[],
  quota: number | null,
  throttled: QuotaRefusal | null,
): MeasuredDemand & Pick<ProgramRecord, 'threads' | 'wanted'> {
  const demand = judge(uses, quota, throttled);
  const threads = uses.filter(use => use.alive).length;
  return { ...demand, ratio: threads / demand.effectiveCpus, threads, wanted: demand.demand * demand.effectiveCpus };
}

/** Whether the program has more demand, or more threads, than CPUs. */
export function isCrowded({ demand, ratio }: Pick<MeasuredDemand, 'demand' | 'ratio'>): boolean {
  return demand > 1 || ratio > 1;
}

/** Sorts by demand, rounded to a percent, then by threads per CPU; the largest first. */
export function worstFirst<P extends Pick<ProgramRecord, 'demand' | 'ratio' | 'pid'>>(programs: readonly P[]): P[] {
  const rank = (program: P) => Math.round(program.demand * 100);
  return [...programs].sort((a, b) => rank(b) - rank(a) || b.ratio - a.ratio || a.pid - b.pid);
}
