import { Command, Option } from 'commander';
import { replaceProcess } from '../../api/replace-process.js';
import { parseCpulist, type Cpuset } from '../../core/cpuset.js';
import { badInput } from '../../errors.js';
import { keptVariable } from '../../report/warnings.js';
import { budgetOptions, withFlags, type Flags } from '../flags.js';
import { output, style } from '../output.js';

interface ExecFlags extends Flags {
  cpus?: Cpuset;
  rank?: { rank: number; ranks: number };
}

export function execCommand(): Command {
  const command = new Command('exec')
    .description(
      'pin this process, set the thread variables, and become a program: the same pid, nothing of governor left',
    )
    .usage('[options] -- CMD [ARGUMENT...]')
    .argument('<CMD...>', 'the program and its arguments')
    .passThroughOptions()
    .addOption(
      new Option('--cpus <LIST>', 'the CPUs, such as 0-3,8').argParser((text: string) => parseCpulist(text, 'cpus')),
    )
    .addOption(
      new Option(
        '--rank <I/N>',
        'the place of rank I of N on this machine (default: as torchrun, Open MPI or Slurm say)',
      ).argParser(parseRank),
    )
    .addHelpText(
      'after',
      `
Without --cpus and --rank: as the launcher around it says; alone, all CPUs that the reserve leaves.

Examples:
  governor exec -- python3 train.py
  governor exec --cpus 4-7 -- ./train
  mpirun --bind-to none -n 4 governor exec -- ./train
  srun -n 4 --cpu-bind=none governor exec -- python3 train.py

Exit status: the program's; 2 bad input; 126 not executable; 127 not found.`,
    );
  withFlags(command, 'budget', 'placement', 'near', 'export');
  return command.action((words: string[], flags: ExecFlags) => {
    const { workers: _, ...budget } = budgetOptions(flags);
    replaceProcess(words, {
      ...budget,
      policy: flags.policy,
      near: flags.near,
      exports: flags.export,
      cpus: flags.cpus,
      rank: flags.rank,
      onKept: variable => output.error(`${style(2, 'yellow', 'governor:')} ${keptVariable(variable)}`),
    });
  });
}

function parseRank(text: string): { rank: number; ranks: number } {
  const match = /^(\d{1,5})\/(\d{1,5})$/.exec(text);
  if (!match || Number(match[1]) >= Number(match[2]))
    throw badInput('rank', text, 'I/N with I from 0 to N - 1, such as 0/4');
  return { rank: Number(match[1]), ranks: Number(match[2]) };
}
