import { Command } from 'commander';
import { banner } from '../../api/banner.js';
import { run } from '../../api/run.js';
import type { Budget } from '../../core/budget/budget.js';
import { formatMeasured } from '../../report/launch/measured.js';
import { keptVariable, pinningVariable, runWarning } from '../../report/warnings.js';
import { formatDrift } from '../../report/launch/launch.js';
import { exitStatus, notStarted } from '../../system/launch/command.js';
import { adoptOrphans } from '../../system/launch/warden.js';
import { budgetOptions, withFlags, type Flags } from '../flags.js';
import { lifecycleFlags, lifecycleOf, type LifecycleFlags } from '../lifecycle.js';
import type { SetStatus } from '../status.js';
import { output, style } from '../output.js';

export function runCommand(setStatus: SetStatus): Command {
  const command = new Command('run')
    .description(
      'run a program with governed thread variables, and pin each worker that it makes to a place of its own',
    )
    .usage('[options] -- CMD [ARGUMENT...]')
    .argument('<CMD...>', 'the program and its arguments')
    .passThroughOptions()
    .option('-q, --quiet', 'no banner and no verification; warnings only')
    .addHelpText(
      'after',
      `
The workers are found as they appear, however they are started: fork, spawn, forkserver, joblib, Node's cluster,
a shell. stdin, stdout, stderr, signals and the exit status are the program's own; all that governor says is on stderr.

Examples:
  governor run -- python3 train.py
  governor run --workers 4 -- python3 train.py          places for four workers of several threads
  governor run --export POOL_SIZE=workers -- ./train    the size of the pool in the program's own variable
  governor run --workers 4 --near gpu -- torchrun ...   worker i on CPUs local to GPU i
  governor run --restarts 3 --timeout 3600 -- ./serve   started again where it fails, ended after an hour
  governor run --verify 10 --enforce -- ./train         workers that pin themselves elsewhere are put back

Exit status: the program's; 128 + N where signal N ended it; 124 after --timeout; 2 bad input; 126 not executable;
127 not found.`,
    );
  for (const option of lifecycleFlags({
    one: 'the program, when it fails,',
    all: 'the program and all that it has started',
    placed: 'workers',
  }))
    command.addOption(option);
  return withFlags(command, 'budget', 'placement', 'near', 'share', 'export').action(
    async (words: string[], flags: Flags & LifecycleFlags & { quiet?: boolean }) => {
      const say = (text: string) => output.error(`${style(2, 'dim', 'governor:')} ${text}`);
      const warn = (text: string) => output.error(`${style(2, 'yellow', 'governor:')} ${text}`);
      let planned: Budget | undefined;
      adoptOrphans();
      const result = await run(words, {
        ...budgetOptions(flags),
        ...lifecycleOf(flags),
        policy: flags.policy,
        near: flags.near,
        share: flags.share,
        exports: flags.export,
        onWarning: warning => warn(runWarning(warning)),
        onPlan: async ({ budget, kept, pinning }) => {
          planned = budget;
          if (!flags.quiet) output.error(await banner({ budget }));
          for (const variable of kept) warn(keptVariable(variable));
          for (const variable of pinning) warn(pinningVariable(variable));
        },
        onMeasured: flags.quiet ? undefined : measured => say(formatMeasured(measured, planned!)),
        onRank: event => {
          if (event.event === 'restart') warn(`the program failed; it is started again in ${event.delay.toFixed(1)} s`);
        },
        onVerified: verification => {
          for (const drift of verification.drifts) warn(formatDrift(drift, 'worker'));
        },
      });
      const [failure] = result.failures;
      if (result.timedOut) warn(`the time limit of ${flags.timeout} s is over: all was ended`);
      else if (failure?.exit === null) warn(notStarted(words[0]!, failure.errno!).message);
      setStatus(exitStatus(result.exit));
    },
  );
}
