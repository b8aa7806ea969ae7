import type { Flag } from '../flags/flag.js';
import type { CommandSpec } from '../specs/spec.js';
import { singleQuoted } from './table.js';

/** A fish completion script. */
export function fishCompletion(specs: readonly CommandSpec[]): string {
  const entries = [...specs.map(({ name, summary }) => [name, summary]), ['help', 'print help for a command']];
  const commandLine = ([name, summary]: (typeof entries)[number]) =>
    `complete -c governor -n __governor_first -a ${name} -d ${quoted(summary!)}`;
  return `# fish completion for governor, printed by: governor completion fish

# Whether the command is one of these, and its program's words have not begun.
function __governor_command
    set -l words (commandline -opc)
    if contains -- -- $words
        return 1
    end
    if test (count $words) -lt 2; or string match -q -- '-*' $words[2]
        contains -- banner $argv
        return
    end
    contains -- $words[2] $argv
end

function __governor_first
    test (count (commandline -opc)) -eq 1
end

# Completes the words behind -- as those of the program.
function __governor_program
    set -l words (commandline -opc)
    set -l at (contains -i -- -- $words); or return
    set -l program (string escape -- $words[(math $at + 1)..-1]) (commandline -ct)
    complete -C "$program"
end

complete -c governor -f
${entries.map(commandLine).join('\n')}
complete -c governor -n __governor_first -s V -l version -d 'print the version'
complete -c governor -s h -l help -n 'not contains -- -- (commandline -opc)' -d 'print help'
complete -c governor -n '__governor_command help' -a ${quoted(specs.map(spec => spec.name).join(' '))}
complete -c governor -n 'contains -- -- (commandline -opc)' -a '(__governor_program)'
${specs.flatMap(commandLines).join('\n')}`;
}

function commandLines(spec: CommandSpec): string[] {
  return [...spec.flags.map(flag => flagLine(spec.name, flag)), ...argumentLines(spec)];
}

function flagLine(command: string, flag: Flag): string {
  const names = `${flag.short ? `-s ${flag.short} ` : ''}-l ${flag.name}`;
  return `complete -c governor -n '__governor_command ${command}' ${names}${operand(flag)} -d ${quoted(flag.help)}`;
}

/** A value that may be left out is typed behind =, which fish takes from any flag. */
function operand({ value, bare, choices, completes }: Flag): string {
  if (value === undefined || bare !== undefined) return '';
  if (choices) return ` -x -a ${quoted(choices.join(' '))}`;
  if (completes === 'file') return ' -r -F';
  return completes === 'directory' ? " -x -a '(__fish_complete_directories)'" : ' -x';
}

function argumentLines({ name, argument, program }: CommandSpec): string[] {
  const line = (words: string) => `complete -c governor -n '__governor_command ${name}' -a ${words}`;
  if (program) return [line("'(__fish_complete_command)'")];
  if (argument?.choices) return [line(quoted(argument.choices.join(' ')))];
  return argument?.completes ? [line("'(__fish_complete_pids)'")] : [];
}

function quoted(text: string): string {
  return singleQuoted(text.replaceAll('\\', '\\\\'), "\\'");
}
