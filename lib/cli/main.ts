import { Command, CommanderError } from 'commander';
import { GovernorError } from '../errors.js';
import { exactWords } from '../system/exact-text.js';
import { cannot } from '../system/os-errors.js';
import { commandOf, configure, type CommandAction } from './command.js';
import { errorText } from './error-text.js';
import { examplesText, exitStatusText } from './help.js';
import { output } from './output.js';
import { OVERVIEW } from './specs/overview.js';
import type { CommandSpec } from './specs/spec.js';
import { FAILED, statusOf, type SetStatus } from './status.js';
import { readVersion } from './version.js';

/** A command, and what it does, loaded when it is given. */
export interface CommandEntry {
  spec: CommandSpec;
  load: () => Promise<CommandAction>;
}

const DEFAULT = 'banner';

/** Parses, runs one of the commands, and returns the exit status. */
export async function main(given: readonly string[], entries: readonly CommandEntry[]): Promise<number> {
  const argv = exactWords(given);
  const names = entries.map(({ spec }) => spec.name);
  const [first, second] = argv;
  const words = first === 'help' && second !== undefined && !names.includes(second) ? argv.slice(1) : argv;
  const [word = DEFAULT] = words;
  const named = entries.find(({ spec }) => spec.name === word);
  let status = 0;
  const setStatus: SetStatus = code => {
    status = code;
  };
  try {
    const takesNoDefault = !named && !word.startsWith('-');
    const governor = programOf(named ? [named] : entries, takesNoDefault ? null : DEFAULT, setStatus);
    await governor.parseAsync(words, { from: 'user' });
    return status;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : FAILED;
    const known = cannot('go on', error);
    if (!(known instanceof GovernorError)) throw error;
    const { spec } = named ?? entries.find(entry => entry.spec.name === DEFAULT)!;
    output.error(`governor: ${errorText(known, spec)}`);
    return statusOf(known.code);
  }
}

/** @param usual the command for words that name none; null: a first word that is no command is refused */
function programOf(entries: readonly CommandEntry[], usual: string | null, setStatus: SetStatus): Command {
  const governor = configure(new Command('governor'))
    .description(OVERVIEW.summary)
    .usage('[COMMAND] [options]')
    .version(readVersion(), '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print help')
    .helpCommand('help [command]', 'print help for a command')
    .enablePositionalOptions()
    .addHelpText('after', `\nExamples:\n${examplesText(OVERVIEW)}\n\nExit status:\n${exitStatusText(OVERVIEW)}`);
  for (const { spec, load } of entries) {
    const command = configure(commandOf(spec, load, setStatus));
    governor.addCommand(command, { isDefault: spec.name === usual });
  }
  return governor;
}
