import { Command } from 'commander';
import { status } from '../../api/claims.js';
import { formatStatus } from '../../report/claims/status.js';
import { output } from '../output.js';
import { withFlags, type Flags } from '../flags.js';

export function statusCommand(): Command {
  const command = new Command('status')
    .description('who holds which CPUs of this machine, who is pinned there without a claim, and what is free')
    .addHelpText(
      'after',
      `
States of a CPU: claimed: a run or pinWorkers of any user has it; pinned: nobody has claimed it, but a program is
confined to it, by mpirun, taskset or the like; busy: more than half of the last 0.1 s was not idle; idle: none of these.

Examples:
  governor status
  governor status --json
  watch governor status`,
    );
  return withFlags(command, 'json').action(async (flags: Flags) => {
    const result = await status();
    output.out(flags.json ? JSON.stringify(result, null, 2) : formatStatus(result));
  });
}
