import type { GovernorError } from '../errors.js';

/** Options of the library that the command line has under another name than `--` and words joined by hyphens. */
const NAMES: Readonly<Record<string, string>> = {
  command: 'command',
  exports: '--export',
  'output.logDirectory': '--log-dir',
  pid: 'PID',
};

/** An error's message with the flag in place of the option that the library names. */
export function errorText({ message, details: { option } }: GovernorError): string {
  return option === undefined ? message : message.replace(`invalid ${option} `, `invalid ${flagOf(option)} `);
}

function flagOf(option: string): string {
  if (/^[A-Z]/.test(option)) return option; // an environment variable
  return NAMES[option] ?? `--${option.replace(/[A-Z]/g, letter => `-${letter.toLowerCase()}`)}`;
}
