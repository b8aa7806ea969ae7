import { readFileSync } from 'node:fs';
import { Command, CommanderError } from 'commander';
import { badInput, GovernorError } from '../errors.js';
import { output } from './output.js';
import { FAILED, statusOf, type SetStatus } from './status.js';
import { auditCommand } from './commands/audit.js';
import { bannerCommand } from './commands/banner.js';
import { budgetCommand } from './commands/budget.js';
import { envCommand } from './commands/env.js';
import { runCommand } from './commands/run.js';
import { topologyCommand } from './commands/topology.js';

/** Parses, runs one command, and returns the exit status. */
export async function main(argv: readonly string[]): Promise<number> {
  let status = 0;
  try {
    const governor = program(code => {
      status = code;
    });
    requireKnown(governor, argv[0]);
    await governor.parseAsync(argv, { from: 'user' });
    return status;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : FAILED;
    if (!(error instanceof GovernorError)) throw error;
    output.error(`governor: ${error.message}`);
    return statusOf(error.code);
  }
}

function program(setStatus: SetStatus): Command {
  const governor = new Command('governor')
    .description('Ends CPU over-subscription: as many workers as CPUs, one library thread each, each on a place of its own.')
    .version(version(), '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .enablePositionalOptions()
    .addHelpText('after', `
Examples:
  governor run -- python3 train.py        run a pool with governed threads, its workers pinned
  governor audit 4242                     is this program over-subscribed, and what to set
  eval "$(governor env)"                  the variables alone, for this shell
  governor topology                       the machine as this process sees it

Exit status: that of the program (run); 0 fine, 1 over-subscribed (audit); 2 bad input; 126, 127 the program could not be started.`);
  for (const define of [bannerCommand, runCommand, auditCommand, budgetCommand, envCommand, topologyCommand]) {
    governor.addCommand(define(setStatus), { isDefault: define === bannerCommand });
  }
  for (const command of [governor, ...governor.commands]) oneLineErrors(command);
  return governor;
}

/** A first word that is no command; commander would take it for an argument of the default command. */
function requireKnown(governor: Command, word: string | undefined): void {
  const names = [...governor.commands.map(command => command.name()), 'help'];
  if (word !== undefined && !word.startsWith('-') && !names.includes(word)) throw badInput('command', word, `one of ${names.join(', ')}`);
}

/** Errors of the command line as one line on stderr; nothing through process.stdout (see output). */
function oneLineErrors(command: Command): void {
  command.exitOverride().configureOutput({
    writeOut: text => output.out(text.replace(/\n$/, '')),
    writeErr: text => output.error(text.replace(/\n$/, '')),
    outputError: (text, write) => write(`governor: ${text.replace(/^error: /, '').trim().replace(/\s*\n\s*/g, ' ')}; see governor ${command.name() === 'governor' ? '' : `${command.name()} `}--help\n`),
    getOutHasColors: () => false,
    getErrHasColors: () => false,
    getOutHelpWidth: () => 100,
    getErrHelpWidth: () => 100,
  });
}

function version(): string {
  const file = new URL('../../../package.json', import.meta.url);
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version;
}
