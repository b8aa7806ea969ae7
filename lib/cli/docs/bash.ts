import type { Flag } from '../flags/flag.js';
import type { CommandSpec } from '../specs/spec.js';
import { allFlags, namesOf, takesWord } from './table.js';

/** A script for bash 3.2 or later. It leaves the words of a program to bash-completion if that is installed. */
export function bashCompletion(specs: readonly CommandSpec[]): string {
  const flags = allFlags(specs);
  const commands = [...specs.map(spec => spec.name), 'help'].join(' ');
  const programs = specs.filter(spec => spec.program).map(spec => spec.name);
  const offered = specs.map(spec => [...spec.flags.flatMap(namesOf), '-h', '--help'].join(' '));
  return `# bash completion for governor, printed by: governor completion bash

_governor_flags() {
  case $1 in
${specs.map((spec, i) => `    ${spec.name}) echo "${offered[i]!}" ;;`).join('\n')}
  esac
}

# Completes the value $2 of the flag $1.
_governor_value() {
  case $1 in
${flags.flatMap(valueCase).join('\n')}
  esac
}

_governor_argument() {
  case $1 in
${specs.flatMap(argumentCase).join('\n')}
    help) COMPREPLY=($(compgen -W "${commands}" -- "$2")) ;;
  esac
}

_governor_files() {
  compopt -o filenames 2>/dev/null
  local IFS=$'\\n'
  COMPREPLY=($(compgen "$1" -- "$2"))
}

# Completes the words of the program that begins at the word $1.
_governor_program() {
  if declare -F _command_offset >/dev/null; then
    _command_offset "$1"
  elif (($1 == COMP_CWORD)); then
    COMPREPLY=($(compgen -c -- "\${COMP_WORDS[COMP_CWORD]}"))
  else
    _governor_files -f "\${COMP_WORDS[COMP_CWORD]}"
  fi
}

_governor() {
  # Bash breaks --name=value at the =; here it is one word again. starts: where each word begins in COMP_WORDS.
  local words=() starts=() n=0 i flag='' command
  for ((i = 1; i <= COMP_CWORD; i++)); do
    if ((n > 0)) && [[ \${words[n - 1]} == --* ]] &&
      { [[ \${COMP_WORDS[i]} == = ]] || [[ \${COMP_WORDS[i - 1]} == = ]]; }; then
      words[n - 1]+=\${COMP_WORDS[i]}
    else
      words[n]=\${COMP_WORDS[i]}
      starts[n]=$i
      n=$((n + 1))
    fi
  done
  local cur=\${words[n - 1]}
  COMPREPLY=()
  if ((n == 1)) && [[ $cur != -* ]]; then
    COMPREPLY=($(compgen -W "${commands}" -- "$cur"))
    return
  fi
  command=\${words[0]}
  i=1
  if [[ $command == -* ]]; then
    command=banner
    i=0
  fi
  for (( ; i < n - 1; i++)); do
    flag=''
    case \${words[i]} in
      --)
        [[ ' ${programs.join(' ')} ' == *" $command "* ]] && _governor_program "\${starts[i + 1]}"
        return ;;
      ${flags.filter(takesWord).flatMap(namesOf).join(' | ')})
        flag=\${words[i]}
        i=$((i + 1)) ;;
      -*) ;;
      *)
        if [[ ' ${programs.join(' ')} ' == *" $command "* ]]; then
          _governor_program "\${starts[i]}"
          return
        fi ;;
    esac
  done
  if ((i > n - 1)) && [[ $flag ]]; then
    _governor_value "$flag" "$cur"
  elif [[ $cur == --*=* ]]; then
    _governor_value "\${cur%%=*}" "\${cur#*=}"
  elif [[ $cur == -* ]]; then
    COMPREPLY=($(compgen -W "$(_governor_flags "$command")" -- "$cur"))
    if ((n == 1)); then COMPREPLY+=($(compgen -W '-V --version' -- "$cur")); fi
  elif [[ ' ${programs.join(' ')} ' == *" $command "* ]]; then
    _governor_program "\${starts[n - 1]}"
  else
    _governor_argument "$command" "$cur"
  fi
}

complete -F _governor governor`;
}

function valueCase(flag: Flag): string[] {
  const { choices, completes } = flag;
  if (!choices && !completes) return [];
  const names = namesOf(flag).join(' | ');
  if (choices) return [`    ${names}) COMPREPLY=($(compgen -W "${choices.join(' ')}" -- "$2")) ;;`];
  return [`    ${names}) _governor_files ${completes === 'directory' ? '-d' : '-f'} "$2" ;;`];
}

function argumentCase({ name, argument }: CommandSpec): string[] {
  if (argument?.choices) return [`    ${name}) COMPREPLY=($(compgen -W "${argument.choices.join(' ')}" -- "$2")) ;;`];
  if (argument?.completes) return [`    ${name}) COMPREPLY=($(compgen -W "$(ps -eo pid=)" -- "$2")) ;;`];
  return [];
}
