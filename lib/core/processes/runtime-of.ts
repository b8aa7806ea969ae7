import type { Runtime } from '../budget/runtimes.js';
import { SHELLS } from './shells.js';

/** A program's file. */
export interface ProgramFile {
  /** after symbolic links */
  path: string;
  /** its first 256 KiB, one character for each byte */
  head: string;
}

type LookUp = (program: string) => ProgramFile | null;

const BY_NAME: readonly [RegExp, Runtime][] = [
  [/^(python|pypy)[\d.]*$/, 'Python'],
  [/^node(js)?$/, 'Node'],
  [/^java$/, 'JVM'],
];
/** Programs that become the command behind them, or wait for it. */
const STARTERS = /^(env|nice|nohup|ionice|taskset|numactl|chrt|setsid|stdbuf|time|timeout)$/;
/** Compiled programs that start others, besides shells. */
const LAUNCHERS = /^(g?make|ninja|xargs|mpirun|mpiexec|orterun|prterun|srun|perl[\d.]*|ruby[\d.]*)$/;
/** The note that Go's linker writes: name `Go`, type 4. */
const GO_NOTE = /\x04\0\0\0[^]{4}\x04\0\0\0Go\0\0/;
/** A script may name a script as its interpreter. */
const MOST_SCRIPTS = 4;

/** Libraries that start a team of threads, as an executable names those that it needs. */
const NEEDS_TEAM = /\0lib(gomp|omp|iomp5|openblas|blis|mkl_|tbb)[\w.-]*\.so[\d.]*\0/;

/** What runs a command. */
export interface RunBy {
  runtime: Runtime;
  /** its file, after symbolic links; null: none was found */
  path: string | null;
  /**
   * whether the command is one process whose own threads do all the work, as far as its file shows: a JVM, a Go
   * program, Node, or a compiled program that needs OpenMP or a BLAS
   */
  alone: boolean;
  /** the shell script that runs it, or is the command: the text behind `-c`, or a script's file; null: there is none */
  script: string | null;
}

const UNKNOWN: RunBy = { runtime: 'unknown', path: null, alone: false, script: null };

/**
 * What runs a command: by the name of its program, the first line of a script, or the notes of an executable.
 * @param lookUp finds a program's file as execvp does; null if there is none
 */
export function runtimeOf(command: readonly string[], lookUp: LookUp, scripts = 0): RunBy {
  const [program, ...words] = command;
  const file = program === undefined ? null : lookUp(program);
  if (!file) return UNKNOWN;
  const { path, head } = file;
  const names = [program!, path].map(baseName);
  const known = BY_NAME.find(([name]) => names.some(one => name.test(one)));
  if (known) return { runtime: known[1], path, alone: known[1] !== 'Python', script: null };
  if (STARTERS.test(names[0]!)) return runtimeOf(behind(words, lookUp), lookUp, scripts);
  if (SHELLS.has(names[0]!) && /^-\w*c$/.test(words[0] ?? '') && words[1] !== undefined)
    return { ...ofScript(words[1], lookUp), script: words[1] };
  const line = /^#![ \t]*([^\n]+)/.exec(head)?.[1];
  if (line !== undefined && scripts < MOST_SCRIPTS) {
    const by = runtimeOf(line.trim().split(/\s+/), lookUp, scripts + 1);
    return SHELLS.has(baseName(by.path ?? '')) ? { ...by, script: head } : by;
  }
  if (GO_NOTE.test(head)) return { runtime: 'Go', path, alone: true, script: null };
  const startsOthers = names.some(name => SHELLS.has(name) || LAUNCHERS.test(name));
  const isNative = head.startsWith('\x7fELF') && !startsOthers;
  return { runtime: isNative ? 'native' : 'unknown', path, alone: isNative && NEEDS_TEAM.test(head), script: null };
}

function baseName(path: string): string {
  return path.replace(/^.*\//, '');
}

/** What runs the commands of a shell's script, if it is the same for all whose runtime is known. */
function ofScript(script: string, lookUp: LookUp): RunBy {
  const commands = script.split(/[;&|(){}\n]+|\b(?:do|then|else)\b/).filter(command => command.trim() !== '');
  const found = commands
    .map(command =>
      runtimeOf(
        command
          .trim()
          .replace(/^(?:(?:exec|!|\w+=\S*)\s+)+/, '')
          .split(/\s+/),
        lookUp,
      ),
    )
    .filter(({ runtime }) => runtime !== 'native' && runtime !== 'unknown');
  const [first] = found;
  return first && found.every(({ path }) => path === first.path)
    ? { ...first, alone: first.alone && commands.length === 1 }
    : UNKNOWN;
}

/** The command behind a starter's options and assignments. */
function behind(words: readonly string[], lookUp: LookUp): readonly string[] {
  const at = words.findIndex(word => !/^-|^\w+=|^[\d.,-]+[smhd]?$/.test(word) && lookUp(word) !== null);
  return at < 0 ? [] : words.slice(at);
}
