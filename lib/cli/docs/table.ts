import type { Flag } from '../flags/flag.js';
import type { CommandSpec } from '../specs/spec.js';

/** The table of flags as completions need it. */

/** Every flag of the table, each once. */
export function allFlags(specs: readonly CommandSpec[]): readonly Flag[] {
  return [...new Set(specs.flatMap(spec => spec.flags))];
}

export function namesOf({ short, name }: Flag): string[] {
  return [...(short ? [`-${short}`] : []), `--${name}`];
}

/** Whether a flag's value may be the next word. */
export function takesWord({ value, bare }: Flag): boolean {
  return value !== undefined && bare === undefined;
}

/** As one word of a POSIX shell, of zsh and of fish. */
export function singleQuoted(text: string, quote = "'\\''"): string {
  return `'${text.replaceAll("'", quote)}'`;
}
