import { Command, Option } from 'commander';
import { flagHelp, flagTerm, inGroups, propertyOf, type Flag, type FlagValues } from './flags/flag.js';
import { examplesText, exitStatusText, HELP_WIDTH, wrapped } from './help.js';
import { output } from './output.js';
import { oneLine } from './error-text.js';
import { joinBareFlags } from './bare-flags.js';
import { conflictsOf, usageOf, type CommandSpec } from './specs/spec.js';
import type { SetStatus } from './status.js';

/** What a command does, once its words are read. */
export type CommandAction = (
  words: string[],
  flags: FlagValues,
  setStatus: SetStatus,
  spec: CommandSpec,
) => void | Promise<void>;

/** Commander, after bare flags have got their values. */
class GovernorCommand extends Command {
  constructor(private readonly spec: CommandSpec) {
    super(spec.name);
  }

  override parseOptions(words: string[]): ReturnType<Command['parseOptions']> {
    return super.parseOptions(joinBareFlags(words, this.spec));
  }
}

/** @param load called if the command is given: what one command needs costs the others nothing */
export function commandOf(spec: CommandSpec, load: () => Promise<CommandAction>, setStatus: SetStatus): Command {
  const command = new GovernorCommand(spec)
    .summary(spec.summary)
    .description(`${spec.summary[0]!.toUpperCase()}${spec.summary.slice(1)}.`)
    .usage(usageOf(spec))
    .helpOption('-h, --help', 'print help');
  if (spec.program) command.argument('<CMD...>', 'the program and its arguments').passThroughOptions();
  if (spec.argument) command.argument(`<${spec.argument.name}>`, spec.argument.help);
  addFlags(command, spec);
  addTexts(command, spec);
  return command.action(async () => {
    const values = command.opts() as FlagValues;
    for (const [name, needed] of Object.entries(spec.needs ?? {})) refuseAlone(command, spec, name, needed);
    await (await load())(command.args, withImplied(values, spec.flags), setStatus, spec);
  });
}

function addFlags(command: Command, spec: CommandSpec): void {
  const groups = inGroups(spec.flags);
  const conflicts = conflictsOf(spec);
  for (const [group, flags] of groups) {
    for (const flag of flags) {
      const option = optionOf(flag).conflicts(
        conflicts.filter(([first]) => first === flag).map(([, second]) => propertyOf(second)),
      );
      command.addOption(groups.length > 1 ? option.helpGroup(`${group}:`) : option);
    }
  }
}

function optionOf(flag: Flag): Option {
  const { parse } = flag;
  const option = new Option(flagTerm({ ...flag, bare: undefined }), flagHelp(flag));
  option.flags = flagTerm(flag);
  if (parse) {
    const name = flag.option ?? propertyOf(flag);
    option.argParser((text: string, before: unknown) => parse(text, name, before));
  }
  return option;
}

function addTexts(command: Command, spec: CommandSpec): void {
  const paragraphs = [
    ...(spec.notes ?? []).map(wrapped),
    `Examples:\n${examplesText(spec)}`,
    `Exit status:\n${exitStatusText(spec)}`,
  ];
  command.addHelpText('after', `\n${paragraphs.join('\n\n')}`);
}

function refuseAlone(command: Command, { flags }: CommandSpec, name: string, needed: string): void {
  const [flag, other] = [name, needed].map(wanted => flags.find(one => one.name === wanted)!);
  const isGiven = (one: Flag) => command.getOptionValueSource(propertyOf(one)) === 'cli';
  if (isGiven(flag!) && !isGiven(other!))
    command.error(`error: option '${flagTerm(flag!)}' can only be used with option '${flagTerm(other!)}'`);
}

/** The values with what they imply; a value that is given wins. */
function withImplied(values: FlagValues, flags: readonly Flag[]): FlagValues {
  const implied = flags.flatMap(flag => {
    const value = values[propertyOf(flag)];
    return value === undefined || !flag.implies ? [] : [flag.implies(value as never)];
  });
  return Object.assign({}, ...implied, values) as FlagValues;
}

/** Errors as one line on stderr; nothing through process.stdout (see output). */
export function configure(command: Command): Command {
  return command
    .exitOverride()
    .configureHelp({ subcommandTerm: one => one.name() })
    .configureOutput({
      writeOut: text => output.out(text.replace(/\n$/, '')),
      writeErr: text => output.error(text.replace(/\n$/, '')),
      outputError: (text, write) => write(`governor: ${oneLine(text, command.parent ? command.name() : null)}\n`),
      getOutHasColors: () => false,
      getErrHasColors: () => false,
      getOutHelpWidth: () => HELP_WIDTH,
      getErrHelpWidth: () => HELP_WIDTH,
    });
}
