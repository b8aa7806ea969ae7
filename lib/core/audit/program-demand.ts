import type { ThreadUse } from './demand.js';
import { judge, type MeasuredDemand, type QuotaRefusal } from './verdict.js';

/** A process tree of the machine, what it wants of the CPUs, and whether that is too much. */
export interface ProgramRecord extends MeasuredDemand {
  /** of its root */
  pid: number;
  /** clock ticks since boot; (pid, startTime) is the identity */
  startTime: number;
  /** null = not told */
  uid: number | null;
  user: string | null;
  command: string;
  /** none where it may not be read */
  commandLine: readonly string[];
  processes: number;
  threads: number;
  /** CPUs wanted: `demand` × `effectiveCpus` */
  wanted: number;
}

/** @param uses of all its threads, of those too that ended within the window: what they wanted counts, they do not */
export function programDemand(
  uses: readonly ThreadUse[],
  quota: number | null,
  throttled: QuotaRefusal | null,
): MeasuredDemand & Pick<ProgramRecord, 'threads' | 'wanted'> {
  const demand = judge(uses, quota, throttled);
  const threads = uses.filter(use => use.alive).length;
  return { ...demand, ratio: threads / demand.effectiveCpus, threads, wanted: demand.demand * demand.effectiveCpus };
}

/** More demand or more threads than CPUs. */
export function isCrowded({ demand, ratio }: Pick<MeasuredDemand, 'demand' | 'ratio'>): boolean {
  return demand > 1 || ratio > 1;
}

/** The one with the most demand first; among those that want as good as nothing the one with the most threads for each CPU. */
export function worstFirst<P extends Pick<ProgramRecord, 'demand' | 'ratio' | 'pid'>>(programs: readonly P[]): P[] {
  const rank = (program: P) => Math.round(program.demand * 100);
  return [...programs].sort((a, b) => rank(b) - rank(a) || b.ratio - a.ratio || a.pid - b.pid);
}
