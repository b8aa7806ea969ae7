import type { Environment } from '../environment.js';

/** The rank of a process among those on this machine, as its launcher sets it. */
export interface LocalRank {
  engine: 'torchrun' | 'Open MPI' | 'Slurm';
  rank: number;
  ranks: number;
}

/**
 * The innermost launcher wins: in a Slurm allocation mpirun's ranks inherit their daemon's SLURM_LOCALID, and
 * torchrun's ranks inherit the variables of its own launcher. null if no launcher sets both numbers.
 */
export function localRank(environment: Environment): LocalRank | null {
  const number = (name: string) => (/^\d{1,7}$/.test(environment[name] ?? '') ? Number(environment[name]) : null);
  const found = (engine: LocalRank['engine'], rank: number | null, ranks: number | null): LocalRank | null =>
    rank !== null && ranks !== null && rank < ranks ? { engine, rank, ranks } : null;
  return (
    found('torchrun', number('LOCAL_RANK'), number('LOCAL_WORLD_SIZE')) ??
    found('Open MPI', number('OMPI_COMM_WORLD_LOCAL_RANK'), number('OMPI_COMM_WORLD_LOCAL_SIZE')) ??
    found('Slurm', number('SLURM_LOCALID'), slurmTasksHere(environment, number('SLURM_NODEID')))
  );
}

/** `2(x3),1` is 2 tasks on each of three nodes and 1 on the fourth: srun(1), SLURM_STEP_TASKS_PER_NODE. */
function slurmTasksHere(environment: Environment, node: number | null): number | null {
  const text = environment['SLURM_STEP_TASKS_PER_NODE'] ?? environment['SLURM_TASKS_PER_NODE'];
  if (text === undefined || node === null) return null;
  let left = node;
  for (const part of text.split(',')) {
    const match = /^(\d{1,7})(?:\(x(\d{1,7})\))?$/.exec(part.trim());
    if (!match) return null;
    const nodes = match[2] === undefined ? 1 : Number(match[2]);
    if (left < nodes) return Number(match[1]);
    left -= nodes;
  }
  return null;
}
