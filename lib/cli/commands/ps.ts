import { Command } from 'commander';
import { ps } from '../../api/ps.js';
import { isCrowded } from '../../core/audit/program-demand.js';
import { tooMuch } from '../../core/audit/verdict.js';
import { formatPrograms } from '../../report/audit/ps.js';
import { count, withFlags, type Flags } from '../flags.js';
import { output, style, terminalWidth } from '../output.js';
import { seconds } from '../values.js';
import type { SetStatus } from '../status.js';

/** Characters in a line where stdout is no terminal. */
const WIDTH = 160;

interface PsFlags extends Flags {
  window?: number;
  all?: boolean;
  limit?: number;
}

export function psCommand(setStatus: SetStatus): Command {
  const command = new Command('ps')
    .description('every program of this machine that has more demand or threads than CPUs, the worst first')
    .option('--window <SECONDS>', 'how long to watch the threads (default: 1)', seconds('window'))
    .option('-a, --all', 'list the others too')
    .option('--limit <N>', 'list no more than N', count('limit', 1))
    .addHelpText(
      'after',
      `
A program is a process and its descendants, below what has started it: a shell, sshd, a service manager, a terminal.
Nothing is stopped, and no rights are needed. What is found can be looked into: governor audit PID.

WANTED: CPUs that its threads ran on or waited for; DEMAND: those ÷ CPUs; RATIO: threads ÷ CPUs, sleeping ones too;
CPUS: those that it may use.

Examples:
  governor ps
  governor ps --all --window 5
  governor ps --json --limit 1

Exit status: 0 no program is over-subscribed, thrashing or throttled by its quota; 1 one is; 2 could not look.`,
    );
  return withFlags(command, 'json').action(async (flags: PsFlags) => {
    const all = await ps({ window: flags.window });
    const shown = all.filter(program => flags.all || isCrowded(program)).slice(0, flags.limit);
    output.out(
      flags.json
        ? JSON.stringify(shown, null, 2)
        : formatPrograms(shown, all, terminalWidth() ?? WIDTH, (styles, text) => style(1, styles, text)),
    );
    setStatus(all.some(({ verdict }) => tooMuch(verdict)) ? 1 : 0);
  });
}
