import { readFileSync } from 'node:fs';
import { Command, CommanderError } from 'commander';
import { badInput, GovernorError } from '../errors.js';
import { printable } from '../report/printable.js';
import { errorText } from './error-text.js';
import { output } from './output.js';
import { FAILED, statusOf, type SetStatus } from './status.js';

/** How each command is defined, by its name. */
export type Commands = Readonly<Record<string, () => Promise<(setStatus: SetStatus) => Command>>>;

const DEFAULT = 'banner';

/** Parses, runs one of the commands, and returns the exit status. */
export async function main(argv: readonly string[], commands: Commands): Promise<number> {
  let status = 0;
  try {
    const governor = await program(commands, neededBy(argv[0], Object.keys(commands)), code => {
      status = code;
    });
    await governor.parseAsync(argv, { from: 'user' });
    return status;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : FAILED;
    if (!(error instanceof GovernorError)) throw error;
    output.error(`governor: ${printable(errorText(error))}`);
    return statusOf(error.code);
  }
}

/**
 * The commands to load for a first word: the one that it names; all for the sake of the help where it is an option.
 * A word that is no command is refused here; commander would take it for an argument of the default command.
 */
function neededBy(word: string | undefined, names: readonly string[]): readonly string[] {
  if (word === undefined) return [DEFAULT];
  if (names.includes(word)) return [word];
  if (word !== 'help' && !word.startsWith('-'))
    throw badInput('command', word, `one of ${[...names, 'help'].join(', ')}`);
  return names;
}

async function program(commands: Commands, names: readonly string[], setStatus: SetStatus): Promise<Command> {
  const governor = new Command('governor')
    .description(
      'Ends CPU over-subscription: as many workers as CPUs, one library thread each, each on a place of its own.',
    )
    .version(version(), '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .enablePositionalOptions()
    .addHelpText(
      'after',
      `
Examples:
  governor run -- python3 train.py        run a pool with governed threads, its workers pinned
  governor audit 4242                     is this program over-subscribed, and what to set
  governor watch 4242                     the same, live
  governor pin 4242                       spread it over the CPUs while it runs; --restore puts back what was
  governor ps                             which programs of this machine are over-subscribed
  eval "$(governor env)"                  the variables alone, for this shell
  governor status                         who holds which CPUs, and what is free
  governor topology                       the machine as this process sees it

Exit status: that of the program (run); 0 fine, 1 over-subscribed (audit, ps); 2 bad input; 126, 127 the program could not be started.`,
    );
  for (const name of names) {
    const define = await commands[name]!();
    governor.addCommand(define(setStatus), { isDefault: name === DEFAULT });
  }
  for (const command of [governor, ...governor.commands]) oneLineErrors(command);
  return governor;
}

/** Errors of the command line as one line on stderr; nothing through process.stdout (see output). */
function oneLineErrors(command: Command): void {
  command.exitOverride().configureOutput({
    writeOut: text => output.out(text.replace(/\n$/, '')),
    writeErr: text => output.error(text.replace(/\n$/, '')),
    outputError: (text, write) =>
      write(
        `governor: ${text
          .replace(/^error: /, '')
          .trim()
          .replace(
            /\s*\n\s*/g,
            ' ',
          )}; see governor ${command.name() === 'governor' ? '' : `${command.name()} `}--help\n`,
      ),
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
