/** What is known about how a process was started. */
export interface StartFacts {
  /** its file, as /proc/PID/exe names it, with ` (deleted)` if that file is gone; empty: unknown */
  executable: string;
  commandLine: readonly string[];
  /** whether the words of the command line lie where the kernel put them; null: unknown */
  untouched: boolean | null;
  /** whether it has another root directory than we, as in a container; null: unknown */
  contained: boolean | null;
  /** its working directory; null: unknown */
  directory: string | null;
  /** as it was started with; null: unknown */
  environment: Readonly<Record<string, string>> | null;
}

/** The files of the machine. Paths are absolute; symbolic links are followed. */
export interface Files {
  exists(path: string): boolean;
  /** whether it is a file that may be executed */
  isProgram(path: string): boolean;
  /** whether two paths lead to the same file */
  same(path: string, other: string): boolean;
  /** its first bytes; empty if it cannot be read */
  head(path: string): string;
}

/** Where a command would be pasted. */
export interface Shell {
  directory: string;
  /** PATH */
  path: string;
}

/** A command that starts the program again. */
export interface StartedCommand {
  words: readonly string[];
  /** where to start it; null: the directory of the shell, or unknown */
  directory: string | null;
}

export function joined(directory: string, path: string): string {
  if (path.startsWith('/')) return path;
  return `${directory.replace(/\/$/, '')}/${path}`;
}

/** The file that a bare name leads to; null if no directory of PATH has such a program. */
export function inPath(name: string, path: string, files: Files): string | null {
  const directories = path.split(':').filter(directory => directory.startsWith('/'));
  return directories.map(directory => joined(directory, name)).find(file => files.isProgram(file)) ?? null;
}

export function baseName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

/** Where the process may have been started: it may have changed its directory, but a shell's PWD stays. */
export function directoriesOf({ directory, environment }: StartFacts): string[] {
  return [directory, environment?.['PWD']].flatMap(one => (one?.startsWith('/') ? [one] : []));
}

/** Words of a command line that may name files; more are asked for one by one. */
const MOST_WORDS = 16;

/** The paths about which a command line's trust depends most likely, so that they can be read at once. */
export function pathsOfWords(start: StartFacts, shell: Shell): string[] {
  const { executable, commandLine, environment } = start;
  const directories = directoriesOf(start);
  const words = commandLine.slice(0, MOST_WORDS).filter(word => word !== '' && !word.startsWith('-'));
  const named = words.flatMap(word => directories.map(one => joined(one, word)));
  const looked = [commandLine[0] ?? '', baseName(executable)].filter(name => name !== '' && !name.includes('/'));
  const paths = [environment?.['PATH'] ?? '', shell.path].flatMap(path => path.split(':'));
  const programs = looked.flatMap(name => paths.filter(one => one.startsWith('/')).map(one => joined(one, name)));
  return [...new Set([executable, ...directories, ...named, ...programs])].filter(path => path.startsWith('/'));
}
