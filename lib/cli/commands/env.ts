import { Command } from 'commander';
import { computeBudget } from '../../core/budget/budget.js';
import { exportedVariables } from '../../core/budget/exports.js';
import { threadEnvironment } from '../../core/budget/thread-variables.js';
import {
  ENVIRONMENT_FORMATS,
  formatEnvironment,
  parseEnvironmentFormat,
  type EnvironmentFormat,
} from '../../report/budget/environment.js';
import { keptVariable } from '../../report/warnings.js';
import { readHost } from '../../system/machine/host.js';
import { output } from '../output.js';
import { budgetOptions, givenHost, withFlags, type Flags } from '../flags.js';

export function envCommand(): Command {
  const command = new Command('env')
    .description("print the variables that limit libraries' threads; values that you have set stay")
    .option('--format <FORMAT>', `one of ${ENVIRONMENT_FORMATS.join(', ')} (default: shell)`, parseEnvironmentFormat)
    .addHelpText(
      'after',
      `
Examples:
  eval "$(governor env)"
  governor env --format docker >threads.env && docker run --env-file threads.env IMAGE
  governor env --export FOREX_BOT_CPU_THREADS=workers --export FOREX_BOT_RL_ENVS=memory-workers:16G`,
    );
  return withFlags(command, 'budget', 'export', 'host', 'json').action(
    async (flags: Flags & { format?: EnvironmentFormat }) => {
      const host = (await givenHost(flags)) ?? readHost();
      const budget = computeBudget(host, budgetOptions(flags), process.env);
      const { set, kept } = threadEnvironment(
        { workers: budget.cpuWorkers, threads: budget.threadsPerWorker },
        process.env,
      );
      const variables = { ...set, ...exportedVariables(flags.export ?? [], budget, host) };
      for (const variable of kept) output.error(`governor: ${keptVariable(variable)}`);
      output.out(
        flags.json
          ? JSON.stringify({ set: variables, kept }, null, 2)
          : formatEnvironment(variables, flags.format ?? 'shell'),
      );
    },
  );
}
