import type { GovernorError } from '../errors.js';
import { printable } from '../report/printable.js';
import { propertyOf } from './flags/flag.js';
import type { CommandSpec } from './specs/spec.js';

/** An error's message with the flag or argument in place of the option that the library names. */
export function errorText({ message, details: { option } }: GovernorError, spec: CommandSpec): string {
  const name = option === undefined ? undefined : nameOf(option, spec);
  return printable(name === undefined ? message : message.replace(`invalid ${option} `, `invalid ${name} `));
}

function nameOf(option: string, { flags, argument }: CommandSpec): string | undefined {
  if (argument?.name.toLowerCase() === option) return argument.name;
  const flag = flags.find(one => (one.option ?? propertyOf(one)) === option);
  return flag && `--${flag.name}`;
}

/**
 * An error of commander's as one line, quoted as ours.
 * @param command whose help to look at; null: that of all commands
 */
export function oneLine(text: string, command: string | null): string {
  const line = text
    .replace(/^error: /, '')
    .trim()
    .replace(/\s*\n\s*/g, ' ')
    .replace(/\(Did you mean/, '(did you mean')
    .replace(/'([^']*)'/g, '"$1"');
  return `${printable(line)}; see governor ${command === null ? '' : `${command} `}--help`;
}
