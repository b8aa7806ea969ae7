import { intersect, type Cpuset } from '../cpuset.js';
import type { Environment } from '../environment.js';
import { localRank, type LocalRank } from './local-rank.js';

/** CPUs that a rank shares with other ranks. */
export interface SharedPlace {
  /** the CPUs */
  cpus: Cpuset;
  /** local ranks of its launch that share them, itself included */
  ranks: readonly number[];
  /** pids of ranks of other launches on the same CPUs */
  strangers: readonly number[];
  /** the launcher that bound them there; null: nobody did, there are too few CPUs for all */
  boundBy: LocalRank['engine'] | null;
}

/** A process that a launcher has started as a rank. */
export interface NearbyRank {
  pid: number;
  environment: Environment;
}

/**
 * Whether ranks share CPUs by the plan, which each rank makes alike.
 * @param places of all ranks
 * @param locals the local rank of each place
 */
export function sharedByPlan(
  places: readonly Cpuset[],
  mine: number,
  locals: readonly number[],
  boundBy: SharedPlace['boundBy'],
): SharedPlace | null {
  const cpus = places[mine] ?? [];
  const sharing = [...places.keys()].filter(i => intersect(places[i]!, cpus).length > 0);
  return sharing.length < 2 ? null : { cpus, ranks: sharing.map(i => locals[i]!), strangers: [], boundBy };
}

/**
 * Whether other ranks are confined to the CPUs of this one. Of ranks of one launch only the last gets an answer:
 * launchers start ranks in order, so it sees the others.
 * @param isBound whether this rank was given fewer CPUs than there are
 * @param seen processes that are confined to those CPUs
 */
export function sharedBySight(
  local: LocalRank,
  environment: Environment,
  cpus: Cpuset,
  isBound: boolean,
  seen: readonly NearbyRank[],
): SharedPlace | null {
  const job = jobOf(local.engine, environment);
  const ranks = new Set([local.rank]);
  const strangers = new Map<string, number>();
  for (const { pid, environment: theirs } of seen) {
    const other = localRank(theirs);
    if (!other) continue;
    const theirJob = jobOf(other.engine, theirs);
    if (theirJob === job) ranks.add(other.rank);
    else if (!strangers.has(`${theirJob} ${other.rank}`)) strangers.set(`${theirJob} ${other.rank}`, pid);
  }
  if ((ranks.size < 2 && strangers.size === 0) || Math.max(...ranks) > local.rank) return null;
  return {
    cpus,
    ranks: [...ranks].sort((a, b) => a - b),
    strangers: [...strangers.values()],
    boundBy: isBound ? local.engine : null,
  };
}

/** What all ranks of one launch have in common, and no others. */
function jobOf(engine: LocalRank['engine'], environment: Environment): string {
  const [first, second] = {
    'Open MPI': ['PMIX_NAMESPACE', 'OMPI_MCA_ess_base_jobid'],
    Slurm: ['SLURM_JOB_ID', 'SLURM_STEP_ID'],
    torchrun: ['TORCHELASTIC_RUN_ID', 'MASTER_PORT'],
  }[engine] as [string, string];
  return `${engine} ${environment[first] ?? ''} ${environment[second] ?? ''}`;
}
