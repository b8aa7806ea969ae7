import { spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import type { Context } from 'mocha';
import { parseCpulist, type Cpuset } from '../../lib/core/cpuset.js';
import { GUEST_PROGRAMS, temporaryDirectory, TWO_CPUS } from './processes/governed.js';
import { finished, type Finished } from './processes/run.js';
import { PYTHON, shared } from './shared.js';

/** A launcher of ranks that others have made, as it is installed here. */
export interface Engine {
  name: string;
  /** Runs two ranks of a command on the two CPUs. Where the engine is not installed the test is skipped, and says so. */
  run(test: Context, command: readonly string[], environment?: NodeJS.ProcessEnv): Promise<Finished>;
  /** The status of the ranks that it tells; by its own, or in words. */
  status(end: Finished): number;
}

function needs(test: Context, engine: string, ...probe: [string, ...string[]]): void {
  if (spawnSync(probe[0], probe.slice(1)).status === 0) return;
  process.stderr.write(`skipped: ${engine} is not installed\n`);
  test.skip();
}

const ON_TWO = ['taskset', '-c', TWO_CPUS.join()];

export function needsOpenMpi(test: Context): void {
  needs(test, 'Open MPI', 'mpirun', '--version');
}

/** Two ranks of `mpirun`, which binds them as it is told. */
export function openMpi(
  test: Context,
  binding: readonly string[],
  command: readonly string[],
  environment: NodeJS.ProcessEnv = {},
): Promise<Finished> {
  needsOpenMpi(test);
  return finished([...ON_TWO, 'mpirun', '--allow-run-as-root', ...binding, '-n', '2', ...command], environment);
}

/** Runs two ranks of a command in a Slurm of its own, which lasts as long, and binds tasks where it is told to. */
export async function slurm(
  test: Context,
  task: 'none' | 'affinity',
  command: readonly string[],
  environment: NodeJS.ProcessEnv = {},
  binding: readonly string[] = [],
): Promise<Finished> {
  needs(
    test,
    'Slurm',
    'sh',
    '-c',
    'PATH=$PATH:/usr/sbin; command -v srun && command -v slurmctld && command -v munged',
  );
  const [up, down] = [shared(test, 'engines/slurm-up'), shared(test, 'engines/slurm-down')];
  const above = temporaryDirectory();
  chmodSync(above, 0o755); // munged wants its way to be open to all
  const directory = join(above, 'slurm');
  const port = 20_000 + (process.pid % 10_000);
  const started = await finished([
    ...ON_TWO,
    up,
    '--cpus',
    '2',
    '--task',
    task,
    '--port',
    String(port),
    '--dir',
    directory,
  ]);
  try {
    if (started.status !== 0) throw new Error(started.stderr);
    return await finished(['srun', '-n', '2', ...binding, ...command], {
      ...environment,
      SLURM_CONF: join(directory, 'slurm.conf'),
    });
  } finally {
    await finished([down, '--dir', directory]);
  }
}

/** Two ranks of torchrun that meet at a port which is free: `--standalone` takes always the same one. */
export function torchrun(
  test: Context,
  command: readonly string[],
  environment: NodeJS.ProcessEnv = {},
): Promise<Finished> {
  needs(test, 'torchrun', PYTHON, '-c', 'import torch.distributed.run');
  const nothingRedirected = ['-r', '9:1', '-t', '9:1'];
  const alone = ['--rdzv_backend', 'c10d', '--rdzv_endpoint', 'localhost:0', '--rdzv_id', randomUUID()];
  return finished(
    [
      ...ON_TWO,
      PYTHON,
      '-m',
      'torch.distributed.run',
      ...nothingRedirected,
      ...alone,
      '--nproc_per_node',
      '2',
      '--no_python',
      ...command,
    ],
    environment,
  );
}

export const ENGINES: readonly Engine[] = [
  {
    name: 'Open MPI',
    run: (test, command, environment) => openMpi(test, ['--oversubscribe', '--bind-to', 'none'], command, environment),
    status: ({ status }) => status ?? -1,
  },
  {
    name: 'Slurm',
    run: (test, command, environment) => slurm(test, 'none', command, environment),
    status: ({ status }) => status ?? -1,
  },
  {
    name: 'torchrun',
    run: torchrun,
    status: ({ status, stderr }) => Number(/exitcode: (\d+)/.exec(stderr)?.[1] ?? status ?? -1),
  },
];

/** What a rank has told of itself: programs/tell_place.sh. */
export interface ToldPlace {
  began: number;
  pid: number;
  given: Cpuset;
  has: Cpuset;
  threads: string;
}

export const TELL_PLACE = ['sh', join(GUEST_PROGRAMS, 'tell_place.sh')];

/** What ranks have printed, in the order of their CPUs. */
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
