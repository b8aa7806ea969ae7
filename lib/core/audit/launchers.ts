import type { Cpuset } from '../cpuset.js';
import type { Environment } from '../environment.js';
import { shellLine } from '../shell.js';

/** A process or one of its ancestors, in the audited tree or above it. */
export interface Link {
  pid: number;
  command: string;
  commandLine: readonly string[];
  cpus: Cpuset;
  environment: Environment | null;
}

/** A launcher of ranks that bound one to CPUs. */
export interface Launcher {
  name: string;
  /** what shows it */
  evidence: string;
  /** whether the job has more CPUs than the rank was bound to */
  ownsMore: boolean;
  /** how to start the ranks next time */
  restart: (needs: { threads: number; cores: number }, chain: readonly Link[]) => string;
}

/** A launcher sets a variable in its ranks, which it does not have itself. */
interface Engine {
  name: string;
  variable: string;
  of: (environment: Environment, cpus: Cpuset) => Omit<Launcher, 'name'> | null;
}

/** The innermost first: in a Slurm job, mpirun's ranks have Slurm's variables too. */
const ENGINES: readonly Engine[] = [
  { name: 'Open MPI', variable: 'OMPI_COMM_WORLD_LOCAL_RANK', of: openMpi },
  { name: 'MPICH or Intel MPI', variable: 'MPI_LOCALRANKID', of: mpich },
  { name: 'Slurm', variable: 'SLURM_LOCALID', of: slurm },
];

/** The launcher that started this process with fewer CPUs than its parent has; null if none is known to. */
export function launcherOf(first: Link, parent: Link | null, cpus: Cpuset): Launcher | null {
  const { environment } = first;
  if (environment === null) return null;
  for (const { name, variable, of } of ENGINES) {
    const value = environment[variable];
    // A rank that has pinned its own child passes the variable on to it.
    if (value === undefined || parent?.environment?.[variable] === value) continue;
    const found = of(environment, cpus);
    if (found) return { name, ...found };
  }
  return null;
}

function openMpi(environment: Environment): Omit<Launcher, 'name'> | null {
  // Version 4 says whether it has bound the rank, version 5 does not.
  const bound = environment['OMPI_MCA_orte_bound_at_launch'];
  if (bound !== '1' && environment['OMPI_MCA_orte_launch'] !== undefined) return null;
  const rank = `OMPI_COMM_WORLD_LOCAL_RANK=${environment['OMPI_COMM_WORLD_LOCAL_RANK']}`;
  return {
    evidence: bound === undefined ? rank : `${rank} OMPI_MCA_orte_bound_at_launch=${bound}`,
    ownsMore: true,
    restart: ({ threads, cores }, chain) => {
      const ranks = Number(environment['OMPI_COMM_WORLD_LOCAL_SIZE'] ?? 1);
      const options =
        threads > 1 && ranks * threads <= cores ? ['--map-by', `slot:pe=${threads}`] : ['--bind-to', 'none'];
      const words = ownWords(chain, options);
      return words ? shellLine(['mpirun', ...options, ...words]) : `mpirun ${options.join(' ')} …`;
    },
  };
}

const MPIRUN = /(^|\/)(mpirun|mpiexec|orterun|prterun)(\.openmpi)?$/;

/** The words after `mpirun` without the options that are replaced; null if it is not known how it was started. */
function ownWords(chain: readonly Link[], options: readonly string[]): string[] | null {
  const words = chain.map(link => link.commandLine).find(([program]) => MPIRUN.test(program ?? ''));
  if (!words) return null;
  const replaced = options.includes('--map-by') ? ['--map-by', '--bind-to'] : ['--bind-to'];
  const isReplaced = (word: string | undefined) => replaced.includes((word ?? '').replace(/^-(?=\w)/, '--'));
  return words.slice(1).filter((word, i, all) => !isReplaced(word) && !isReplaced(all[i - 1]));
}

function mpich(environment: Environment): Omit<Launcher, 'name'> {
  const pin = environment['I_MPI_PIN'];
  return {
    evidence: `MPI_LOCALRANKID=${environment['MPI_LOCALRANKID']}${pin === undefined ? '' : ` I_MPI_PIN=${pin}`}`,
    ownsMore: true,
    restart: () => 'mpiexec -bind-to none (MPICH), or export I_MPI_PIN=off (Intel MPI)',
  };
}

/** Slurm binds a task to as many CPUs as it has asked for: 1 without --cpus-per-task. */
function slurm(environment: Environment, cpus: Cpuset): Omit<Launcher, 'name'> | null {
  const here = Number(environment['SLURM_CPUS_ON_NODE'] ?? 0);
  const bind = environment['SLURM_CPU_BIND'];
  if (bind === undefined && here === 0) return null;
  const ownsMore = here > cpus.length;
  return {
    evidence: [
      ...(bind === undefined ? [] : [`SLURM_CPU_BIND=${bind}`]),
      `SLURM_CPUS_ON_NODE=${environment['SLURM_CPUS_ON_NODE'] ?? 'unset'}`,
    ].join(' '),
    ownsMore,
    restart: ({ threads }) =>
      ownsMore
        ? 'srun --cpu-bind=none …'
        : `srun (or #SBATCH) --cpus-per-task=${threads}, without --overcommit: Slurm gave it no more CPUs`,
  };
}
