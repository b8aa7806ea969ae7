import { intersect, subtract, union, type Cpuset } from '../cpuset.js';

/** A thread of a rank as it was seen. */
export interface SeenThread {
  pid: number;
  tid: number;
  affinity: Cpuset;
  /** CPUs wanted, 0 to 1 */
  wanted: number;
}

export interface SeenRank {
  rank: number;
  place: Cpuset;
  threads: readonly SeenThread[];
}

/** What is not as planned. */
export type PinDrift =
  /** threads that may run outside of their rank's place: a library has pinned them itself, or the kernel has moved them */
  | { kind: 'outside-place'; rank: number; place: Cpuset; affinity: Cpuset; tids: number[] }
  /** CPUs of the place that are offline or not allowed any more */
  | { kind: 'place-lost'; rank: number; place: Cpuset; lost: Cpuset }
  /** what was lost of the place is there again, and has been given back */
  | { kind: 'place-back'; rank: number; place: Cpuset; instead: Cpuset }
  /** CPUs that two ranks have, though there are enough */
  | { kind: 'place-twice'; ranks: number[]; cpus: Cpuset }
  /** more threads that compute than the budget gives a rank */
  | { kind: 'too-many-threads'; rank: number; computing: number; budgeted: number };

export interface PinVerification {
  /** ranks that were looked at */
  ranks: number;
  threads: number;
  /** threads that wanted a CPU at least a tenth of the time */
  computing: number;
  /** there are too few CPUs for all places: some are had by several ranks */
  sharing: boolean;
  drifts: PinDrift[];
}

/** A thread computes where it wants a CPU for this share of the time. */
const COMPUTES = 0.1;

/** Every thread inside its rank's place, no CPU in two of them, as many threads as budgeted? */
export function verify(
  ranks: readonly SeenRank[],
  allowed: Cpuset,
  threadsPerWorker: number,
  shared: boolean,
): PinVerification {
  const computing = (rank: SeenRank) => rank.threads.filter(thread => thread.wanted >= COMPUTES).length;
  const drifts = ranks.flatMap((rank): PinDrift[] => {
    const lost = subtract(rank.place, allowed);
    const many = computing(rank);
    return [
      ...(lost.length > 0 ? [{ kind: 'place-lost' as const, rank: rank.rank, place: rank.place, lost }] : []),
      ...outside(rank),
      ...(many > Math.max(threadsPerWorker, rank.place.length)
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

function outside({ rank, place, threads }: SeenRank): PinDrift[] {
  const inside = new Set(place);
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

/**
 * What a rank is to have now: its place without what is lost; where all of it is, the CPUs that the fewest others of the
 * launch have, and such as somebody else has claimed only where there are no others.
 */
export function mendedPlace(place: Cpuset, allowed: Cpuset, others: readonly Cpuset[], claimed: Cpuset): Cpuset {
  const left = intersect(place, allowed);
  if (left.length > 0 || allowed.length === 0) return left;
  const unclaimed = subtract(allowed, claimed);
  const choice = unclaimed.length > 0 ? unclaimed : allowed;
  const load = new Map(choice.map(cpu => [cpu, 0]));
  for (const cpu of others.flat()) if (load.has(cpu)) load.set(cpu, load.get(cpu)! + 1);
  const ranked = [...choice].sort((a, b) => load.get(a)! - load.get(b)! || a - b);
  return ranked.slice(0, place.length).sort((a, b) => a - b);
}
