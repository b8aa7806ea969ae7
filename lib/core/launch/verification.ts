import { subtract, union, type Cpuset } from '../cpuset.js';

/** A thread of a rank, as a verification found it. */
export interface SeenThread {
  pid: number;
  tid: number;
  affinity: Cpuset;
  /** CPUs wanted, 0 to 1 */
  wanted: number;
}

/** A rank, or a worker of a run, as a verification found it. */
export interface SeenRank {
  rank: number;
  place: Cpuset;
  /** CPUs of others that it may use for now */
  borrowed: Cpuset;
  threads: readonly SeenThread[];
}

/** Something about a rank, or a worker of a run, that is not as planned. Workers are numbered as they are found. */
export type PinDrift =
  /** threads may run outside their rank's place: a library has pinned them, or the kernel has moved them */
  | { kind: 'outside-place'; rank: number; place: Cpuset; affinity: Cpuset; tids: number[] }
  /** CPUs of the place are offline or no longer allowed */
  | { kind: 'place-lost'; rank: number; place: Cpuset; lost: Cpuset }
  /** all CPUs of the planned place may be used again, and the rank has returned to them; only with `enforce` */
  | { kind: 'place-back'; rank: number; place: Cpuset; instead: Cpuset }
  /** a rank that has lost its place has other CPUs now, which may be used again; only with `enforce` */
  | { kind: 'place-regained'; rank: number; place: Cpuset; instead: Cpuset }
  /** several ranks share CPUs although there are enough for all */
  | { kind: 'place-twice'; ranks: number[]; cpus: Cpuset }
  /** more threads compute than the budget gives a rank */
  | { kind: 'too-many-threads'; rank: number; computing: number; budgeted: number };

/** What a verification of all ranks, or all workers of a run, has found. */
export interface PinVerification {
  /** ranks or workers that were checked */
  ranks: number;
  /** their threads, and those of everything they have started */
  threads: number;
  /** threads that ran or waited for a CPU at least a tenth of the time, over 0.5 seconds */
  computing: number;
  /** whether ranks share CPUs because there are too few */
  sharing: boolean;
  /** what is not as planned; empty if all is well */
  drifts: PinDrift[];
}

/** A thread computes if it wants a CPU for at least this part of the time. */
const COMPUTING_FROM = 0.1;
/** Threads that take turns, as those of a Go program with GOMAXPROCS=1 do, want no more than one CPU in all. */
const ROUNDING = 0.5;

/**
 * Compares ranks with their plan: is every thread inside its rank's place, is no CPU in two places, are there as many
 * computing threads as budgeted?
 * @param allowed CPUs that this process may use now
 * @param shared whether the plan has ranks share CPUs
 */
export function verify(
  ranks: readonly SeenRank[],
  allowed: Cpuset,
  threadsPerWorker: number,
  shared: boolean,
): PinVerification {
  const computing = (rank: SeenRank) => rank.threads.filter(thread => thread.wanted >= COMPUTING_FROM).length;
  const wanted = (rank: SeenRank) => rank.threads.reduce((sum, thread) => sum + thread.wanted, 0);
  const drifts = ranks.flatMap((rank): PinDrift[] => {
    const lost = subtract(rank.place, allowed);
    const many = computing(rank);
    const most = Math.max(threadsPerWorker, rank.place.length + rank.borrowed.length);
    return [
      ...(lost.length > 0 ? [{ kind: 'place-lost' as const, rank: rank.rank, place: rank.place, lost }] : []),
      ...outside(rank),
      ...(many > most && wanted(rank) > most + ROUNDING
        ? [{ kind: 'too-many-threads' as const, rank: rank.rank, computing: many, budgeted: threadsPerWorker }]
        : []),
    ];
  });
  const sharing = shared || ranks.reduce((sum, rank) => sum + rank.place.length, 0) > allowed.length;
  return {
    ranks: ranks.length,
    threads: ranks.reduce((sum, rank) => sum + rank.threads.length, 0),
    computing: ranks.reduce((sum, rank) => sum + computing(rank), 0),
    sharing,
    drifts: [...drifts, ...(sharing ? [] : twice(ranks))],
  };
}

function outside({ rank, place, borrowed, threads }: SeenRank): PinDrift[] {
  const inside = new Set([...place, ...borrowed]);
  const out = threads.filter(thread => thread.affinity.some(cpu => !inside.has(cpu)));
  if (out.length === 0) return [];
  return [
    {
      kind: 'outside-place',
      rank,
      place,
      affinity: union(new Set(out.map(thread => thread.affinity))),
      tids: out.map(thread => thread.tid),
    },
  ];
}

function twice(ranks: readonly SeenRank[]): PinDrift[] {
  const holders = new Map<number, number[]>();
  for (const { rank, place } of ranks) for (const cpu of place) holders.set(cpu, [...(holders.get(cpu) ?? []), rank]);
  const groups = new Map<string, { ranks: number[]; cpus: number[] }>();
  for (const [cpu, those] of holders) {
    if (those.length < 2) continue;
    const group = groups.get(those.join()) ?? { ranks: those, cpus: [] };
    group.cpus.push(cpu);
    groups.set(those.join(), group);
  }
  return [...groups.values()].map(({ ranks: those, cpus }) => ({ kind: 'place-twice', ranks: those, cpus }));
}
