import type { AuditedProcess, AuditedThread } from './audited.js';
import { intersect, union, type Cpuset } from '../cpuset.js';
import { BUSY_CPUS, grouped, remembered, wanted, type Audited } from './findings/common/input.js';
import { LIMITS } from './verdict.js';

/**
 * Libraries whose threads divide each piece of work evenly and then wait for the slowest. Libraries that let idle
 * threads take work from busy ones (TBB, rayon) or that queue it (onnxruntime, Arrow) lose little.
 */
export const TEAM_LIBRARIES: readonly string[] = [
  'libgomp',
  'libomp',
  'libiomp5',
  'OpenBLAS',
  'BLIS',
  'MKL',
  'pthreadpool',
];

/**
 * A BLAS with threads besides those of OpenMP. Both teams spin while they wait, so that one displaces the other: torch
 * on 2 CPUs got 0.30 with two threads each, 1.04 with one of OpenMP and two of OpenBLAS (docs/performance.md).
 */
export const PTHREAD_BLAS: ReadonlySet<string> = new Set(['OpenBLAS', 'BLIS']);

/** Threads of one process that compute together and wait for each other at barriers. */
export interface Team {
  process: AuditedProcess;
  /** the library that started them */
  library: string;
  /** the library whose functions they run, such as torch on libgomp's threads; else the same */
  worksFor: string;
  /** those that want a CPU, including the thread that calls the library */
  members: AuditedThread[];
  /** CPUs that any of them may use */
  cpus: Cpuset;
  run: number;
  wait: number;
}

/** The working teams of a process. A library whose threads sleep has none. */
export const teamsOf = remembered((process: AuditedProcess): Team[] => {
  const working = process.threads.filter(thread => wanted(thread) >= BUSY_CPUS);
  const started = working.filter(({ tid, owner }) => tid !== process.pid && TEAM_LIBRARIES.includes(owner.library));
  const caller = callerOf(working, started);
  return grouped(started, thread => thread.owner.library).map(threads => {
    const members = caller ? [caller, ...threads] : threads;
    const { library } = threads[0]!.owner;
    return {
      process,
      library,
      worksFor: threads.find(thread => thread.owner.workingFor !== null)?.owner.workingFor ?? library,
      members,
      cpus: union(members.map(thread => thread.affinity)),
      run: members.reduce((sum, thread) => sum + thread.run, 0),
      wait: members.reduce((sum, thread) => sum + thread.wait, 0),
    };
  });
});

/** Of the threads that no team library started, the one that wants most CPU time: it calls the library. */
function callerOf(working: readonly AuditedThread[], started: readonly AuditedThread[]): AuditedThread | null {
  const others = working.filter(thread => !started.includes(thread));
  return others.reduce<AuditedThread | null>(
    (most, thread) => (most === null || wanted(thread) > wanted(most) ? thread : most),
    null,
  );
}

/** A team that waits for fewer CPUs than this, or than this share of those it ran on, is not disturbed. */
const DISTURBED = { cpus: 0.25, share: 0.05 };

/** Whether a team waits so much that its steps take longer. */
export function isDisturbed({ run, wait }: Team): boolean {
  return wait >= Math.max(DISTURBED.cpus, DISTURBED.share * run);
}

interface Use {
  cpus: Cpuset;
  run: number;
  wait: number;
}

/** What all threads of the program use, by their affinity. */
const usesOf = remembered((processes: readonly AuditedProcess[]): Use[] => {
  const uses = new Map<string, Use>();
  for (const { affinity, run, wait } of processes.flatMap(process => process.threads)) {
    const key = affinity.join();
    const use = uses.get(key);
    if (use) {
      use.run += run;
      use.wait += wait;
    } else uses.set(key, { cpus: affinity, run, wait });
  }
  return [...uses.values()];
});

/** What the program's threads use that may run on CPUs of a team, its own included. */
function useOf({ cpus }: Team, processes: readonly AuditedProcess[]): { run: number; wait: number } {
  const there = usesOf(processes).filter(use => intersect(use.cpus, cpus).length > 0);
  return {
    run: there.reduce((sum, use) => sum + use.run, 0),
    wait: there.reduce((sum, use) => sum + use.wait, 0),
  };
}

/** Whether the program wants so much more than the CPUs of a team that it is over-subscribed as a whole. */
export function isOver(team: Team, processes: readonly AuditedProcess[]): boolean {
  return wanted(useOf(team, processes)) > LIMITS.demand * team.cpus.length;
}

/** How many CPUs a team has. */
export interface TeamRoom {
  /** how many of its threads can run at once */
  threads: number;
  /** CPUs of them that the rest of the program uses, if the team waits because of that; else 0 */
  used: number;
}

/**
 * How many threads of a team can run at once: the CPUs of its threads, or the quota, of which a part of a CPU counts,
 * less those that the rest of the program uses.
 */
export function roomOf(team: Team, { host, processes }: Pick<Audited, 'host' | 'processes'>): TeamRoom {
  const quota = host.limits.quota?.value ?? Infinity;
  const cpus = Math.max(1, Math.min(team.cpus.length, Math.ceil(quota)));
  const used = Math.max(0, useOf(team, processes).run - team.run);
  if (isOver(team, processes) || !isDisturbed(team) || used < OWN_SHARE * team.wait) return { threads: cpus, used: 0 };
  return { threads: Math.max(1, cpus - Math.max(1, Math.round(used))), used };
}

/** CPUs used by the rest of the program ÷ CPUs that a team waits for, from which that is why it waits. */
const OWN_SHARE = 0.5;

/** The teams of a process with more members than can run at once. */
export function largerTeams(
  process: AuditedProcess,
  audited: Pick<Audited, 'host' | 'processes'>,
): { team: Team; room: TeamRoom }[] {
  return teamsOf(process)
    .map(team => ({ team, room: roomOf(team, audited) }))
    .filter(({ team, room }) => team.members.length > room.threads);
}
