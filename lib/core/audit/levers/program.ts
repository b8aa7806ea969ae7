import type { VariableSetting } from './lever.js';

/** An option of a program that sets a number of workers or threads. */
export interface ProgramOption {
  /** its spellings; the first one is what we write. `-j` also stands for `-j8`, one that ends in `=` has no space */
  flags: readonly string[];
  /** where a new option goes: behind the program's name, before the last word, or at the end; default: behind */
  place?: 'behind' | 'before last' | 'end';
  /** it counts only behind the last one of this word: ffmpeg's -threads before -i is the decoder's */
  after?: string;
  /** it runs another command, whose options are not its own */
  runs?: boolean;
  /** owners whose threads it sets, if the command line has it; default: all of the program's threads, in any case */
  owners?: readonly string[];
  /** a variable with the same effect; an option on the command line wins over it */
  variable?: VariableSetting;
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
  return found && /^\d{1,6}$/.test(found.value) ? Number(found.value) : null;
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
  const at = place === 'end' ? end : place === 'before last' ? words.length - 1 : programEnd(words);
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

function written(flag: string, count: number, attached: boolean): string[] {
  if (/[=+:]$/.test(flag) || GLUED.has(flag)) return [`${flag}${count}`];
  if (!attached) return [flag, String(count)];
  return [flag.startsWith('--') ? `${flag}=${count}` : `${flag}${count}`];
}

/** Short options whose number is always part of the same word. */
const GLUED = new Set(['-T', '-mmt']);

interface FoundOption {
  flag: string;
  at: number;
  /** 1: `-j8`, `--jobs=8`, or without a value; 2: `-j 8` */
  words: 1 | 2;
  value: string;
}

/** All of them, in their order, as far as the words are the program's own. */
function occurrences({ flags, runs }: ProgramOption, commandLine: readonly string[]): FoundOption[] {
  const from = programEnd(commandLine);
  const end = runs ? commandBehind(commandLine, from) : commandLine.indexOf('--');
  const words = end < 0 ? commandLine : commandLine.slice(0, end);
  const found: FoundOption[] = [];
  for (let at = from; at < words.length; at++) {
    const option = flags.map(flag => optionAt(flag, words, at)).find(one => one !== null);
    if (option) found.push(option);
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
  const bare = flag.replace(/=$/, '');
  if (word === bare) {
    const next = words[at + 1] ?? '';
    return COUNT.test(next) ? { flag, at, words: 2, value: next } : { flag, at, words: 1, value: '' };
  }
  const rest = bare.startsWith('--') || flag.endsWith('=') ? `${bare}=` : bare;
  const value = word.slice(rest.length);
  return word.startsWith(rest) && COUNT.test(value) ? { flag, at, words: 1, value } : null;
}

const COUNT = /^(\d+|auto|max|logical|\d+%)$/;
