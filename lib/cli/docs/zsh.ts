import type { Flag } from '../flags/flag.js';
import { conflictsOf, type CommandSpec } from '../specs/spec.js';
import { namesOf, singleQuoted } from './table.js';

/** A zsh completion script: a file of $fpath, or to be sourced after compinit. */
export function zshCompletion(specs: readonly CommandSpec[]): string {
  const entries = [...specs.map(({ name, summary }) => [name, summary]), ['help', 'print help for a command']];
  return `#compdef governor
# zsh completion for governor, printed by: governor completion zsh

_governor() {
  local -a commands
  commands=(
${entries.map(([name, summary]) => `    ${singleQuoted(`${name}:${summary}`)}`).join('\n')}
  )
  if ((CURRENT == 2)) && [[ $words[2] != -* ]]; then
    _describe -t commands command commands
    return
  fi
  local command=$words[2]
  if [[ $command == -* ]]; then
    command=banner
  else
    shift words
    ((CURRENT--))
  fi
  case $command in
${specs.map(commandCase).join('\n')}
    help) _describe -t commands command commands ;;
  esac
}

if [[ $funcstack[1] == _governor ]]; then
  _governor "$@"
else
  compdef _governor governor
fi`;
}

function commandCase(spec: CommandSpec): string {
  const specs = [
    ...spec.flags.map(flag => flagSpec(flag, excludedBy(flag, spec))),
    `'(- *)'{-h,--help}'[print help]'`,
    ...argumentSpecs(spec),
  ];
  return `    ${spec.name})\n      _arguments -s -S \\\n${specs.map(line => `        ${line}`).join(' \\\n')} ;;`;
}

/** Flags that are no longer offered beside this one. */
function excludedBy(flag: Flag, spec: CommandSpec): string[] {
  const others = conflictsOf(spec).flatMap(([a, b]) => (a === flag ? [b] : b === flag ? [a] : []));
  return [...(flag.repeats ? [] : [flag]), ...others].flatMap(namesOf);
}

function flagSpec(flag: Flag, excluded: readonly string[]): string {
  const { help, value, bare } = flag;
  const separator = bare === undefined ? ':' : '::';
  const text = `[${escaped(help)}]${value === undefined ? '' : `${separator}${escaped(value)}:${action(flag)}`}`;
  const before = flag.repeats ? '*' : `(${excluded.join(' ')})`;
  return namesOf(flag)
    .map(name => singleQuoted(`${before}${name}${joint(name, flag)}${text}`))
    .join(' ');
}

/** `=`: the value is the next word or joined by =; `=-`: only joined; `+`: the next word or joined as in -n4. */
function joint(name: string, { value, bare }: Flag): string {
  if (value === undefined) return '';
  if (!name.startsWith('--')) return '+';
  return bare === undefined ? '=' : '=-';
}

function action({ choices, completes }: Flag): string {
  if (choices) return `(${choices.join(' ')})`;
  return completes === 'directory' ? '_files -/' : completes === 'file' ? '_files' : ' ';
}

function argumentSpecs({ argument, program }: CommandSpec): string[] {
  if (program) return [`'*:::program: _normal'`]; // from the program's name on, as if it stood alone
  if (!argument) return [];
  return [singleQuoted(`1:${argument.name}:${argument.choices ? `(${argument.choices.join(' ')})` : '_pids'}`)];
}

function escaped(text: string): string {
  return text.replace(/[\\[\]:]/g, '\\$&');
}
