import type { AuditedProcess } from '../audited.js';
import { affinityOf } from '../findings/common/input.js';
import { groupOf } from '../pools.js';
import { LIMITS } from '../verdict.js';
import { loneNeedOf, memberNeedOf, wantOf } from './need.js';

/** Processes that do the same: the workers of one pool with what they have started, or one process. */
export interface Crew {
  processes: readonly AuditedProcess[];
  /** the same processes by worker: a compiler that starts another program and waits for it is one */
  members: readonly (readonly AuditedProcess[])[];
  /** whether they are the workers of a pool */
  workers: boolean;
}

/** How the CPUs are to be shared. */
export interface CpuShares {
  /** the crew that wants most; the numbers below are for it */
  main: Crew;
  /** the other crews that want CPUs */
  others: readonly Crew[];
  /** workers to start: as many as there are if they fit, else as many as there are CPUs for; 1 for one process */
  start: number;
  /** threads for each of them, at least 1 */
  threads: number;
  /** threads for each process of other crews */
  othersThreads: number;
}

/** The crew of one process. */
export function loneCrew(process: AuditedProcess): Crew {
  return { processes: [process], members: [[process]], workers: false };
}

/** Workers of one pool are a crew; so are processes of one name with different parents; so is every other process. */
function crewsOf(processes: readonly AuditedProcess[]): Crew[] {
  const byPid = new Map(processes.map(process => [process.pid, process]));
  const inPool = countBy(processes.filter(({ role }) => role === 'worker').map(groupOf));
  const isLone = (process: AuditedProcess) =>
    process.role !== 'root' && (inPool.get(groupOf(process)) ?? 1) === 1 && wantOf([process]) > LIMITS.idle;
  const alike = countBy(processes.filter(isLone).map(({ command }) => command));
  const crews = new Map<string, Map<number, AuditedProcess[]>>();
  for (const process of processes) {
    const worker = workerOf(process, byPid) ?? process;
    const key = alike.get(worker.command)! > 1 && isLone(worker) ? `all ${worker.command}` : groupOf(worker);
    const crew = crews.get(key) ?? new Map<number, AuditedProcess[]>();
    crews.set(key, crew.set(worker.pid, [...(crew.get(worker.pid) ?? []), process]));
  }
  return [...crews.values()].map(crew => {
    const members = [...crew.values()];
    const workers = members.length > 1 || members[0]![0]!.role === 'worker';
    return { processes: members.flat(), members, workers };
  });
}

function countBy(keys: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const key of keys) counts.set(key, (counts.get(key) ?? 0) + 1);
  return counts;
}

/** The worker that is this process, or that has started it; null: none. */
function workerOf(process: AuditedProcess, byPid: ReadonlyMap<number, AuditedProcess>): AuditedProcess | null {
  for (let at: AuditedProcess | undefined = process; at; at = byPid.get(at.ppid)) if (at.role === 'worker') return at;
  return null;
}

/**
 * Shares all CPUs among the processes that want them, the reserve included: a program's own CPUs are better used than
 * kept. Workers are too many if they alone want more than 1.25 CPUs for each CPU that the other processes leave; then
 * there are to be as many as CPUs. The CPUs of each are its threads.
 * @param cpus CPUs for the whole program, a fraction if CPU time is limited
 * @param confined whether processes stay confined to the CPUs that they may use now
 */
export function shareCpus(processes: readonly AuditedProcess[], cpus: number, confined: boolean): CpuShares {
  const crews = crewsOf(processes).sort((a, b) => wantOf(b.processes) - wantOf(a.processes));
  const [main, ...others] = crews as [Crew, ...Crew[]];
  const taken = Math.floor(others.flatMap(crew => crew.processes.map(loneNeedOf)).reduce((a, b) => a + b, 0.1));
  const free = Math.max(Math.min(1, cpus), cpus - taken);
  const count = main.members.length;
  const needs = main.members.map(memberNeedOf);
  const each = Math.max(0.01, usualOf(needs));
  const tooMany = main.workers && count > 1 && count * each > free * LIMITS.demand;
  const start = tooMany ? Math.max(1, Math.floor(free / each + 1e-9)) : count;
  const most = confined ? Math.min(...main.processes.map(affinitySize)) : Infinity;
  const busy = crews.flatMap(crew => crew.processes).filter(process => loneNeedOf(process) >= 0.5).length;
  return {
    main,
    others: others.filter(crew => wantOf(crew.processes) > LIMITS.idle),
    start,
    threads: Math.max(1, Math.min(most, Math.floor(free / start))),
    othersThreads: Math.max(1, Math.floor(cpus / Math.max(1, busy))),
  };
}

/** The mean, or the median if that is more: some workers may just be starting, or be the last ones to end. */
function usualOf(needs: readonly number[]): number {
  const mean = needs.reduce((a, b) => a + b, 0) / needs.length;
  return Math.max(mean, [...needs].sort((a, b) => a - b)[Math.floor(needs.length / 2)]!);
}

function affinitySize(process: AuditedProcess): number {
  return affinityOf(process).length || Infinity;
}
