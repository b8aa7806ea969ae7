import type { VariableSetting } from './lever.js';

/** An option of a program that sets a number of workers or threads. */
export interface ProgramOption {
  /**
   * its spellings; the first one is what we write. `-j` also stands for `-j8`; one that ends in `=` or `#` has no
   * space: `--jobs=8`, and `-T8` for `-T#`
   */
  flags: readonly string[];
  /** where a new option goes: behind the program's name or its subcommand, before the last word, at the end */
  place?: 'behind' | 'subcommand' | 'before last' | 'end';
  /** it counts only behind the last one of this word: ffmpeg's -threads before -i is the decoder's */
  after?: string;
  /** it runs another command, whose options are not its own */
  runs?: boolean;
  /** owners whose threads it sets, if the command line has it; default: all of the program's threads, in any case */
  owners?: readonly string[];
  /** a variable with the same effect; an option on the command line wins over it */
  variable?: VariableSetting;
  /** the number for so many CPUs, if others need some of them: clients, or a main thread that is not counted */
  fit?: (cpus: number) => number;
  /** a line of the configuration file instead: the program has no such option */
  configuration?: (count: number) => string;
  /** the page that documents it */
  source: string;
}

/** A program that starts workers, threads or both, and how their numbers are set. */
export interface ProgramLever {
  /** names of its file, of its script or of its Python module */
  names: readonly string[];
  workers?: ProgramOption;
  threads?: ProgramOption;
}

/** Programs that run the program named by one of their arguments. */
const INTERPRETERS = new RegExp(
  [
    '^(python[\\d.]*|pypy[\\d.]*|node|nodejs|bun|deno|perl|ruby[\\d.]*|php[\\d.]*|Rscript|bash|sh|dash',
    'npx|npm|pnpm|yarn|uv|poetry|env|nice|time|timeout|numactl|taskset)$',
  ].join('|'),
);

/** Words that may name the program of a command line, and their positions: file, script, Python module. */
export function namesIn(commandLine: readonly string[]): { name: string; at: number }[] {
  const found: { name: string; at: number }[] = [];
  for (let at = 0; at < Math.min(commandLine.length, 8); at++) {
    const word = commandLine[at]!;
    const name = basename(word);
    if (word.startsWith('-') && at > 0) {
      if (word === '-m' && commandLine[at + 1]) found.push({ name: moduleName(commandLine[at + 1]!), at: at + 1 });
      if (word === '-m' || word === '-c' || word === '-e') break;
      continue;
    }
    found.push({ name, at });
    if (!INTERPRETERS.test(name) && !/^[\d.]+[smhd]?$|^run$|^exec$|=/.test(word)) break;
  }
  return found;
}

/** `nginx` of `/usr/sbin/nginx`, of `nginx.py`, or of a title: `nginx: master process nginx`, `node (vitest 1)`. */
function basename(word: string): string {
  return word
    .replace(/^node \((\w+).*\)$/, '$1')
    .replace(/^[^ ]*\//, '')
    .replace(/:? .*$|:$/, '')
    .replace(/\.(py|m?js|cjs|rb|pl|exe)$/, '');
}

/** `pytest` of `pytest`, `torch.distributed.run` of itself. */
function moduleName(word: string): string {
  return word.replace(/\.__main__$/, '');
}

/** The number that the option has on a command line; null if it is not there, or has none. */
export function optionNow(option: ProgramOption, commandLine: readonly string[]): number | null {
  const found = occurrences(option, commandLine).filter(counts(option, commandLine)).at(-1);
  const number = /^(?:\d+:)?(\d{1,6})(?:,\d+)?$/.exec(found?.value ?? '');
  return number && Number(number[1]);
}

/** The command line with the option set to that number, wherever it occurs. */
export function withOption(option: ProgramOption, commandLine: readonly string[], count: number): string[] {
  const words = [...commandLine];
  const found = occurrences(option, commandLine);
  for (const { flag, at, words: replaced } of [...found].reverse())
    words.splice(at, replaced, ...written(flag, count, replaced === 1));
  if (found.some(counts(option, commandLine))) return words;
  const { place = 'behind', flags } = option;
  const end = words.includes('--') ? words.indexOf('--') : words.length;
  const at = place === 'end' ? end : place === 'before last' ? words.length - 1 : optionsBegin(option, words);
  words.splice(at, 0, ...written(flags[0]!, count, false));
  return words;
}

/** Whether an occurrence sets what we want to set. */
function counts({ after }: ProgramOption, commandLine: readonly string[]): (found: FoundOption) => boolean {
  const from = after === undefined ? -1 : commandLine.lastIndexOf(after);
  return ({ at }) => at > from;
}

/** The option as a person writes it: `-j 2`, `--jobs=2`. */
export function optionText({ flags }: ProgramOption, count: number): string {
  return written(flags[0]!, count, false).join(' ');
}

/** The position behind the last word that names the program. */
function programEnd(words: readonly string[]): number {
  return (namesIn(words).at(-1)?.at ?? 0) + 1;
}

/** Where the options begin: behind the program's name, or its subcommand, as in `cargo +nightly test`. */
function optionsBegin({ place }: ProgramOption, words: readonly string[]): number {
  const from = programEnd(words);
  if (place !== 'subcommand') return from;
  const at = words.findIndex((word, i) => i >= from && !/^\+|^--\S+=|^nextest$/.test(word));
  return at < 0 || words[at]!.startsWith('-') ? from : at + 1;
}

function written(flag: string, count: number, attached: boolean): string[] {
  if (/[=#]$/.test(flag)) return [`${flag.replace(/#$/, '')}${count}`];
  if (!attached) return [flag, String(count)];
  return [flag.startsWith('--') ? `${flag}=${count}` : `${flag}${count}`];
}

interface FoundOption {
  flag: string;
  at: number;
  /** 1: `-j8`, `--jobs=8`, or without a value; 2: `-j 8` */
  words: 1 | 2;
  value: string;
}

/** All of them, in their order, as far as the words are the program's own. */
function occurrences(option: ProgramOption, commandLine: readonly string[]): FoundOption[] {
  const { flags, runs } = option;
  const from = optionsBegin(option, commandLine);
  const end = runs ? commandBehind(commandLine, from) : commandLine.indexOf('--');
  const words = end < 0 ? commandLine : commandLine.slice(0, end);
  const found: FoundOption[] = [];
  for (let at = from; at < words.length; at++) {
    const one = flags.map(flag => optionAt(flag, words, at)).find(match => match !== null);
    if (one) found.push(one);
  }
  return found;
}

/** Where the command begins that a program runs: at the first word that is neither an option nor an option's value. */
function commandBehind(words: readonly string[], from: number): number {
  const isOption = (word: string) => /^[-+]./.test(word);
  for (let at = from; at < words.length; at++) {
    const before = at === from ? '' : words[at - 1]!;
    if (words[at] === '--' || (!isOption(words[at]!) && (!isOption(before) || before.includes('=')))) return at;
  }
  return words.length;
}

function optionAt(flag: string, words: readonly string[], at: number): FoundOption | null {
  const word = words[at]!;
  const bare = flag.replace(/[=#]$/, '');
  if (word === bare) {
    const next = words[at + 1] ?? '';
    return COUNT.test(next) ? { flag, at, words: 2, value: next } : { flag, at, words: 1, value: '' };
  }
  const rest = bare.startsWith('--') || flag.endsWith('=') ? `${bare}=` : bare;
  const value = word.slice(rest.length);
  return word.startsWith(rest) && COUNT.test(value) ? { flag, at, words: 1, value } : null;
}

/** How a number is given: also as puma's `min:max` and as julia's `4,1`, whose second number is of another pool. */
const COUNT = /^(\d+([:,]\d+)?|auto|max|logical|\d+%)$/i;
