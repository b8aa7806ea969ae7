import type { Flag } from '../flags/flag.js';

/**
 * One command of the command line, as data: parsing, help, its man page, its part of the reference and its completions
 * are made from it. What it does is in commands/.
 */
export interface CommandSpec {
  name: string;
  /** one line in the imperative, without a full stop */
  summary: string;
  /** its only argument; a command with `program` takes a program and its arguments instead */
  argument?: { name: string; help: string; choices?: readonly string[]; completes?: 'process' };
  /** `-- CMD [ARGUMENT...]`: all words from the program's name on are the program's */
  program?: true;
  flags: readonly Flag[];
  /** conflicts that hold for this command only, besides those that the flags declare */
  conflicts?: Readonly<Record<string, readonly string[]>>;
  /** flags that mean something only with another one */
  needs?: Readonly<Record<string, string>>;
  /** paragraphs */
  notes?: readonly string[];
  examples: readonly (readonly [command: string, meaning?: string])[];
  exitStatus: readonly (readonly [status: string, meaning: string])[];
}

/** `[options] -- CMD [ARGUMENT...]` */
export function usageOf({ argument, program }: CommandSpec): string {
  return `[options]${program ? ' -- CMD [ARGUMENT...]' : argument ? ` ${argument.name}` : ''}`;
}

/** Every pair of the command's flags that cannot be given together, each once. */
export function conflictsOf({ flags, conflicts = {} }: CommandSpec): [Flag, Flag][] {
  const byName = new Map(flags.map(flag => [flag.name, flag]));
  return flags.flatMap(flag =>
    [...(flag.conflicts ?? []), ...(conflicts[flag.name] ?? [])].flatMap((name): [Flag, Flag][] => {
      const other = byName.get(name);
      return other ? [[flag, other]] : [];
    }),
  );
}

export const NOT_CLAIMED_EXIT_STATUS = ['2', 'bad input, or too few CPUs are free; nothing was started'] as const;

/** As shells have it. */
export const NOT_STARTED_EXIT_STATUS = [
  ['126', 'the program was found but cannot be executed'],
  ['127', 'the program was not found'],
] as const;

export const PRINTED_EXIT_STATUS = [
  ['0', 'printed'],
  ['2', 'bad input, or the machine could not be read'],
] as const;
