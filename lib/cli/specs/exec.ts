import { except, exportFlag, ONE_WORKER } from '../flags/budget.js';
import { cpus, near, policy, rank } from '../flags/placement.js';
import { NOT_STARTED_EXIT_STATUS, type CommandSpec } from './spec.js';

export const execSpec: CommandSpec = {
  name: 'exec',
  summary: 'pin this process and become a program: same pid, nothing of governor left',
  program: true,
  flags: [...ONE_WORKER, exportFlag, except, policy, near, cpus, rank],
  conflicts: { cpus: ['reserve', 'physical', 'memory-per-worker', 'policy', 'near', 'rank'] },
  notes: [
    'Without --cpus and --rank it uses the rank set by torchrun, Open MPI or Slurm; otherwise every CPU but the ' +
      'reserve. With --cpus the program gets one thread for each of these CPUs, or --threads-per-worker.',
    'It claims no CPUs, because no process is left to hold the claim.',
  ],
  examples: [
    ['governor exec -- python3 train.py'],
    ['governor exec --cpus 4-7 -- ./train', 'four CPUs, four threads'],
    ['mpirun --bind-to none -n 4 governor exec -- ./train', 'one place for each rank of mpirun'],
    ['srun -n 4 --cpu-bind=none governor exec -- python3 train.py', 'the same under Slurm'],
  ],
  exitStatus: [['any', "the program's exit status"], ['2', 'bad input'], ...NOT_STARTED_EXIT_STATUS],
};
