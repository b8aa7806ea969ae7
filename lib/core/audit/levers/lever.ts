/** How the number of a library's threads, or of a program's workers, is set. */
export type LeverKind =
  /** an environment variable that this library or program reads */
  | 'variable'
  /** an option on the command line of the program */
  | 'option'
  /** a line in the program's own code */
  | 'code'
  /** a line in the program's configuration file */
  | 'configuration'
  /** no setting is known: the CPUs that the process may use, which many libraries count */
  | 'cpus';

/** A lever to pull: what to set, for which library or program, and where that is documented. */
export interface AuditLever {
  /** the library (`owner` of the threads) or the program whose threads or workers it sets */
  owner: string;
  /** what `value` and `now` count: the threads of one process, or the workers of the program */
  of: 'threads' | 'workers';
  /** how it is set */
  kind: LeverKind;
  /** the setting as it is written: `GOMAXPROCS=2`, `-threads 2`, `torch.set_num_threads(2)` */
  set: string;
  /** the number to set */
  value: number;
  /** how many there are now */
  now: number;
  /** page of the library or program that documents the setting; null if no setting is known */
  source: string | null;
}

/** A variable that sets a number of threads or workers. */
export interface VariableSetting {
  name: string;
  /** its value for a number; default: the number */
  value?: (count: number) => string;
  /** it holds options, and its other options stay: matches all parts of its value that set the number (flag `g`) */
  part?: RegExp;
  /** threads that work besides those that it counts, such as the one that calls the pool; default 0 */
  besides?: number;
  /** the least number that keeps the program working; default 1 */
  least?: number;
}

/** The value that sets the number; options that the variable holds already stay. */
export function settingOf(
  { value = String, part, besides = 0 }: VariableSetting,
  count: number,
  now: string | undefined,
): string {
  const set = value(Math.max(1, count - besides));
  const kept = part && now ? now.replaceAll(part, '').replace(/\s+/g, ' ').trim() : '';
  return kept === '' ? set : `${kept} ${set}`;
}

/** How many threads the variable sets now, by the last number that it names; null if it is not set, or sets none. */
export function numberIn({ part, besides = 0 }: VariableSetting, now: string | undefined): number | null {
  const text = part ? (now?.match(part)?.at(-1) ?? '') : (now ?? '');
  const match = part ? /(\d{1,6})\D*$/.exec(text) : /^\s*(\d{1,6})\s*(?:,|$)/.exec(text);
  return match && Number(match[1]) > 0 ? Number(match[1]) + besides : null;
}
