import { Command } from 'commander';
import { budget } from '../../api/budget.js';
import { readHost } from '../../system/machine/host.js';
import { formatBudget } from '../../report/budget/budget.js';
import { output } from '../output.js';
import { budgetOptions, givenHost, withFlags, type Flags } from '../flags.js';

export function budgetCommand(): Command {
  const command = new Command('budget')
    .description('how many workers and threads, which limit decided, and what it would be ungoverned')
    .addHelpText(
      'after',
      `
Examples:
  governor budget
  governor budget --workers 4                    four workers: how many threads each
  governor budget --memory-per-worker 4G --json`,
    );
  return withFlags(command, 'budget', 'host', 'json').action(async (flags: Flags) => {
    const result = budget({ ...budgetOptions(flags), host: (await givenHost(flags)) ?? readHost() });
    output.out(flags.json ? JSON.stringify(result, null, 2) : formatBudget(result));
  });
}
