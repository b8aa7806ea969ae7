import { coresOf, type Host } from '../machine/host.js';
import type { Environment } from '../environment.js';
import type { LocalRank } from './local-rank.js';

/** A rank among those that its launcher has bound to the same CPUs. */
export interface BoundRank {
  /** its number among them */
  rank: number;
  /** how many they are */
  ranks: number;
  /** their local ranks, in that order */
  locals: readonly number[];
}

/**
 * The rank of a process among those that share its CPUs, if its launcher has already bound every rank to CPUs: two
 * ranks with the same CPUs halve them, a rank with its own CPUs keeps them all. null if the launcher has bound no rank,
 * or it is unknown which ranks share the CPUs.
 */
export function boundRank(local: LocalRank, environment: Environment, { cpus }: Host): BoundRank | null {
  const allowed = cpus.filter(cpu => cpu.allowed);
  switch (local.engine) {
    case 'Slurm': {
      const masks = slurmMasks(environment);
      return masks && amongEqual(masks, local, allowed.length);
    }
    case 'Open MPI': // Says that it has bound the ranks, but not to which CPUs. A single core belongs to one rank.
      return environment['OMPI_MCA_orte_bound_at_launch'] === '1' && coresOf(allowed).length === 1
        ? { rank: 0, ranks: 1, locals: [local.rank] }
        : null;
    case 'torchrun':
      return null;
  }
}

/** Hexadecimal digits of a mask of 16,384 CPUs. */
const LONGEST_MASK = 4096;

/** One mask per task of this node; a shorter list repeats: srun(1), --cpu-bind=mask_cpu and map_cpu. */
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

/**
 * null if masks overlap without being equal, or ours does not match the allowed CPUs: then the list is for other
 * processes.
 */
function amongEqual(masks: readonly bigint[], { rank, ranks }: LocalRank, allowed: number): BoundRank | null {
  const maskOf = (task: number) => masks[task % masks.length]!;
  const mine = maskOf(rank);
  if (bits(mine) !== allowed) return null;
  const tasks = Array.from({ length: ranks }, (_, task) => task);
  const sharing = tasks.filter(task => (maskOf(task) & mine) !== 0n);
  if (sharing.some(task => maskOf(task) !== mine)) return null;
  return { rank: sharing.indexOf(rank), ranks: sharing.length, locals: sharing };
}

function bits(mask: bigint): number {
  return mask.toString(2).replaceAll('0', '').length;
}
