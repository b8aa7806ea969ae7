import { coresOf, type Host } from '../machine/host.js';
import type { Environment } from '../environment.js';
import type { LocalRank } from './local-rank.js';

/**
 * Which rank of those that share its CPUs a process is, where its launcher has bound every rank to CPUs already: two that
 * have the same halve them, one that has some for itself keeps them all. null where nobody has bound it, or it is not told
 * whom it shares them with.
 */
export function boundRank(
  local: LocalRank,
  environment: Environment,
  { cpus }: Host,
): { rank: number; ranks: number } | null {
  const allowed = cpus.filter(cpu => cpu.allowed);
  switch (local.engine) {
    case 'Slurm': {
      const masks = slurmMasks(environment);
      return masks && amongEqual(masks, local, allowed.length);
    }
    case 'Open MPI': // tells that it has bound the ranks, not where: a core is what it gives to one alone
      return environment['OMPI_MCA_orte_bound_at_launch'] === '1' && coresOf(allowed).length === 1
        ? { rank: 0, ranks: 1 }
        : null;
    case 'torchrun':
      return null;
  }
}

/** Hexadecimal digits of a mask of 16,384 CPUs. */
const LONGEST_MASK = 4096;

/** One for each task of this node, then from the first again: srun(1), --cpu-bind=mask_cpu and map_cpu. */
function slurmMasks(environment: Environment): bigint[] | null {
  const texts = (environment['SLURM_CPU_BIND_LIST'] ?? '').split(',');
  switch (environment['SLURM_CPU_BIND_TYPE']) {
    case 'mask_cpu:':
      return texts.every(text => /^0x[0-9a-f]+$/i.test(text) && text.length <= LONGEST_MASK) ? texts.map(BigInt) : null;
    case 'map_cpu:':
      return texts.every(text => /^\d{1,4}$/.test(text)) ? texts.map(text => 1n << BigInt(text)) : null;
    default:
      return null;
  }
}

/** null where masks overlap without being the same, or ours is not what we have: then the list is not about us. */
function amongEqual(
  masks: readonly bigint[],
  { rank, ranks }: LocalRank,
  allowed: number,
): { rank: number; ranks: number } | null {
  const maskOf = (task: number) => masks[task % masks.length]!;
  const mine = maskOf(rank);
  if (bits(mine) !== allowed) return null;
  const tasks = Array.from({ length: ranks }, (_, task) => task);
  const sharing = tasks.filter(task => (maskOf(task) & mine) !== 0n);
  if (sharing.some(task => maskOf(task) !== mine)) return null;
  return { rank: sharing.indexOf(rank), ranks: sharing.length };
}

function bits(mask: bigint): number {
  return mask.toString(2).replaceAll('0', '').length;
}
