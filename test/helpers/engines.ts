import { randomUUID } from 'node:crypto';
import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import type { Context } from 'mocha';
import { parseCpulist, type Cpuset } from '../../lib/core/cpuset.js';
import { GUEST_PROGRAMS, temporaryDirectory, TWO_CPUS } from './processes/governed.js';
import { finished, type Finished } from './processes/run.js';
import { PYTHON, requirePackages } from './debian.js';
import { PROJECT } from './shared.js';

const TOOLS = join(PROJECT, 'test/engines');
/** Training programs that start no ranks or pools but their own: their --help. */
export const SAMPLES = join(TOOLS, 'samples');

/** Another project's launcher of ranks, as it is installed here. */
export interface Engine {
  name: string;
  /** Runs two ranks of a command on the two CPUs; skips the test if the engine is not installed. */
  run(test: Context, command: readonly string[], environment?: NodeJS.ProcessEnv): Promise<Finished>;
  /** The status of the ranks that it reports: its own exit status, or in words. */
  status(end: Finished): number;
}

const ON_TWO = ['taskset', '-c', TWO_CPUS.join()];

/** Two ranks of `mpirun`, which binds them as these options say. */
export function openMpi(
  test: Context,
  options: readonly string[],
  command: readonly string[],
  environment: NodeJS.ProcessEnv = {},
): Promise<Finished> {
  requirePackages(test, 'openmpi-bin');
  return finished([...ON_TWO, 'mpirun', '--allow-run-as-root', ...options, '-n', '2', ...command], environment);
}

/** mpirun's options for a rank on each of two hosts, which this machine plays. */
export const ON_TWO_HOSTS = [
  '--mca',
  'plm_rsh_agent',
  join(TOOLS, 'mpi-fake-host'),
  '--host',
  'n1:1,n2:1',
  '--bind-to',
  'none',
];

interface SlurmOptions {
  environment?: NodeJS.ProcessEnv;
  /** what srun is given before the command */
  srun?: readonly string[];
  /** nodes that this machine plays (1) */
  nodes?: number;
}

/** Runs two ranks of a command in a private Slurm, which binds each task under `affinity`. */
export async function slurm(
  test: Context,
  task: 'none' | 'affinity',
  command: readonly string[],
  { environment = {}, srun = [], nodes = 1 }: SlurmOptions = {},
): Promise<Finished> {
  requirePackages(test, 'slurm-wlm', 'munge');
  const above = temporaryDirectory();
  chmodSync(above, 0o755); // munged refuses a path that others cannot enter
  const directory = ['--dir', join(above, 'slurm')];
  const cluster = [
    '--nodes',
    String(nodes),
    '--cpus',
    '2',
    '--task',
    task,
    '--port',
    String(20_000 + (process.pid % 10_000)),
  ];
  const started = await finished([...ON_TWO, join(TOOLS, 'slurm-up'), ...cluster, ...directory]);
  try {
    if (started.status !== 0) throw new Error(started.stderr);
    const config = /SLURM_CONF=(.*)/.exec(started.stdout)![1];
    return await finished(['srun', '-n', '2', ...srun, ...command], { ...environment, SLURM_CONF: config });
  } finally {
    await finished([join(TOOLS, 'slurm-down'), ...directory]);
  }
}

/** Two ranks of torchrun that meet at a free port: `--standalone` always takes the same one. */
export function torchrun(
  test: Context,
  command: readonly string[],
  environment: NodeJS.ProcessEnv = {},
): Promise<Finished> {
  requirePackages(test, 'python3-torch');
  // Torch 1.13 on Python 3.11 fails without these two; they redirect the output of a rank that is not there.
  const nothingRedirected = ['-r', '9:1', '-t', '9:1'];
  const alone = ['--rdzv_backend', 'c10d', '--rdzv_endpoint', 'localhost:0', '--rdzv_id', randomUUID()];
  const run = [
    PYTHON,
    '-m',
    'torch.distributed.run',
    ...nothingRedirected,
    ...alone,
    '--nproc_per_node',
    '2',
    '--no_python',
  ];
  return finished([...ON_TWO, ...run, ...command], environment);
}

export const ENGINES: readonly Engine[] = [
  {
    name: 'Open MPI',
    run: (test, command, environment) => openMpi(test, ['--oversubscribe', '--bind-to', 'none'], command, environment),
    status: ({ status }) => status ?? -1,
  },
  {
    name: 'Slurm',
    run: (test, command, environment = {}) => slurm(test, 'none', command, { environment }),
    status: ({ status }) => status ?? -1,
  },
  {
    name: 'torchrun',
    run: torchrun,
    status: ({ status, stderr }) => Number(/exitcode: (\d+)/.exec(stderr)?.[1] ?? status ?? -1),
  },
];

/** What a rank printed about itself: test/machines/programs/tell_place.sh. */
export interface ToldPlace {
  began: number;
  pid: number;
  given: Cpuset;
  has: Cpuset;
  threads: string;
}

export const TELL_PLACE = ['sh', join(GUEST_PROGRAMS, 'tell_place.sh')];

/** What the ranks printed, in the order of their CPUs. */
export function toldPlaces(stdout: string): ToldPlace[] {
  const places = stdout
    .trim()
    .split('\n')
    .map(line => {
      const [began, pid, given, has, threads] = line.split(' ');
      return {
        began: Number(began),
        pid: Number(pid),
        given: parseCpulist(given!),
        has: parseCpulist(has!),
        threads: threads!,
      };
    });
  return places.sort((a, b) => a.has[0]! - b.has[0]!);
}
