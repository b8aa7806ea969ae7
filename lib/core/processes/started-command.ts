import { asRscript, asScript, launcherOf } from './scripts.js';
import {
  baseName,
  directoriesOf,
  inPath,
  joined,
  type Files,
  type Shell,
  type StartedCommand,
  type StartFacts,
} from './start-facts.js';

const DELETED = / \(deleted\)$/;

/** Names of files that an interpreter is given to run. */
const SCRIPT = /\.(py|pyc|pyz|[cm]?[jt]s|[rR]|jl|rb|pl|php|lua|sh|jar)$/;

/** A program as a word of a command, its file, and where it was started. */
interface Found {
  word: string;
  file: string;
  directory: string | null;
}

/**
 * The command that starts a program again, as its user would type it in a shell; null if the command line cannot be
 * trusted, because it is a title that the program has written, leads to another program, or is for another root.
 * @param shell where the command would be pasted
 */
export function startedCommand(start: StartFacts, files: Files, shell: Shell): StartedCommand | null {
  if (start.commandLine.length === 0 || start.contained || isRewritten(start) || readsDescriptor(start.commandLine))
    return null;
  const found = findProgram(start, files, shell);
  if (!found) return null;
  const directory = directoryOf(start, found, files);
  const arguments_ = start.commandLine.slice(1);
  if (!scriptExists(arguments_, directory, files)) return null;
  const launched = byLauncher([found.word, ...arguments_], found.file, start, files, shell);
  const words = launched ?? asScript([found.word, ...arguments_], found.file, directory ?? '/', files, shell);
  return { words, directory: elsewhere(words, directory, files, shell) };
}

/** Two words that are empty at the end are what is left of a longer command line below a title. */
function isRewritten({ untouched, commandLine }: StartFacts): boolean {
  return untouched === false || (untouched === null && commandLine.length > 2 && commandLine.slice(-2).join('') === '');
}

/** Whether a word stands for a file that only this process has open: its input, or a pipe of its shell. */
function readsDescriptor([, first, ...rest]: readonly string[]): boolean {
  return (
    first === '-' || [first ?? '', ...rest].some(word => /^\/(dev\/(fd\/\d|stdin)|proc\/(self|\d+)\/fd\/)/.test(word))
  );
}

function findProgram(start: StartFacts, files: Files, shell: Shell): Found | null {
  const [word = ''] = start.commandLine;
  const path = start.environment?.['PATH'] ?? shell.path;
  if (word.startsWith('/') && !word.startsWith('/proc/')) {
    // Another file than the one that runs: a launcher that has passed on its own name, such as those of Nix.
    if (files.isProgram(word)) return { word, file: word, directory: null };
  } else if (word.includes('/')) {
    const directory = directoriesOf(start).find(one => isRun(joined(one, word), start, files));
    if (directory !== undefined) return { word, file: joined(directory, word), directory };
  } else {
    const file = inPath(word, path, files);
    if (file !== null && isRun(file, start, files))
      return { word: inPath(word, shell.path, files) === file ? word : file, file, directory: null };
  }
  return byItsFile(word, start, files);
}

/** A program whose first word leads nowhere, as after `exec -a` or a change of directory, by the path of its file. */
function byItsFile(word: string, { executable, untouched }: StartFacts, files: Files): Found | null {
  const file = files.exists(executable) ? executable : executable.replace(DELETED, '');
  const named = word !== '' && `/${file}`.endsWith(`/${word.replace(/^(\.\/)+/, '')}`);
  if (!(untouched === true || named || word.startsWith('/proc/')) || !files.isProgram(file)) return null;
  return { word: file, file, directory: null };
}

/** Whether a path leads to the file that runs, or to one that has replaced it since. */
function isRun(path: string, { executable }: StartFacts, files: Files): boolean {
  if (executable === '') return files.isProgram(path);
  return files.isProgram(path) && (files.same(path, executable) || files.same(path, executable.replace(DELETED, '')));
}

/** The directory in which the program and most of the files that its arguments name are found. */
function directoryOf(start: StartFacts, found: Found, files: Files): string | null {
  if (found.directory !== null) return found.directory;
  const [own, ...others] = directoriesOf(start).filter(directory => files.exists(directory));
  if (own === undefined) return null;
  const counted = (directory: string) => relativeFiles(start.commandLine.slice(1), directory, files);
  return others.find(other => counted(other) > counted(own)) ?? own;
}

function relativeFiles(words: readonly string[], directory: string, files: Files): number {
  return words.filter(word => isRelative(word) && files.exists(joined(directory, word))).length;
}

function isRelative(word: string): boolean {
  return word !== '' && !/^[-/]/.test(word);
}

/** Whether the script exists, if the first argument is one. After options it may be the value of one. */
function scriptExists(words: readonly string[], directory: string | null, files: Files): boolean {
  const script = words[0] === '-jar' ? words[1] : words[0];
  if (script === undefined || script.startsWith('-') || !SCRIPT.test(script)) return true;
  return script.startsWith('/') ? files.exists(script) : directory !== null && files.exists(joined(directory, script));
}

function byLauncher(
  words: readonly string[],
  program: string,
  { environment, executable }: StartFacts,
  files: Files,
  shell: Shell,
): readonly string[] | null {
  const path = environment?.['PATH'] ?? shell.path;
  const launcher = launcherOf(executable, environment ?? {}, path, files);
  if (launcher === null || !files.same(program, executable)) return null;
  const name = baseName(launcher);
  const script = name === 'R' ? asRscript(words) : null;
  if (script && inPath(script[0]!, shell.path, files) !== null) return script;
  return [inPath(name, shell.path, files) === launcher ? name : launcher, ...words.slice(1)];
}

/** A service has the root as its directory, whatever it was started in. */
function elsewhere(words: readonly string[], directory: string | null, files: Files, shell: Shell): string | null {
  if (directory === null || directory === shell.directory) return null;
  return directory === '/' && relativeFiles(words, directory, files) === 0 ? null : directory;
}
