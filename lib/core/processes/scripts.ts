import { baseName, inPath, joined, type Files, type Shell } from './start-facts.js';

/** Options between an interpreter and its script that we look past: the kernel passes one word, env -S any number. */
const MOST_OPTIONS = 4;

/** Files of programs that name a variable in their first lines; longer launchers than that are rare. */
export const HEAD_BYTES = 32_768;

interface Interpreter {
  words: readonly string[];
  /** whether env looks it up in PATH */
  looked: boolean;
}

/**
 * The command line of a script that the kernel has started by its first line, `#!`: the script and its arguments
 * (execve(2)). Unchanged if the words do not come from there, or if the script would now get another interpreter.
 * @param program the file of the first word
 */
export function asScript(
  words: readonly string[],
  program: string,
  directory: string,
  files: Files,
  shell: Shell,
): readonly string[] {
  for (let at = 1; at <= MOST_OPTIONS && at < words.length; at++) {
    const script = words[at]!;
    if (!script.includes('/')) continue;
    const file = joined(directory, script);
    const interpreter = files.isProgram(file) ? interpreterOf(files.head(file)) : null;
    if (!interpreter) continue;
    const same = words.slice(0, at).join('\0') === interpreter.words.join('\0');
    const found = !interpreter.looked || inPath(words[0]!, shell.path, files) === program;
    return same && found ? words.slice(at) : words;
  }
  return words;
}

/** What a script's first line asks for; null if it is no script. The kernel passes all options as one word. */
export function interpreterOf(head: string): Interpreter | null {
  const line = /^#![ \t]*(\S+)[ \t]*(.*?)[ \t\r]*(?:\n|$)/.exec(head);
  if (!line) return null;
  const [, file, rest] = line;
  if (baseName(file!) !== 'env') return { words: rest === '' ? [file!] : [file!, rest!], looked: false };
  const words = rest!
    .replace(/^(-S|--split-string=?)\s*/, '')
    .split(/\s+/)
    .filter(word => word !== '');
  while (/^[A-Za-z_]\w*=/.test(words[0] ?? '')) words.shift();
  return words.length > 0 ? { words, looked: true } : null;
}

/** Variables that say where something is in general, not where one program's own files are. */
const GENERAL = new Set(['HOME', 'PWD', 'OLDPWD', 'PATH', 'SHELL', 'TMPDIR', '_']);

/**
 * The launcher behind a program that does not run by itself: a script of the same name in PATH that sets a variable to
 * a directory above the program, as R's does with R_HOME. Null if there is none.
 */
export function launcherOf(
  program: string,
  environment: Readonly<Record<string, string>>,
  path: string,
  files: Files,
): string | null {
  const launcher = inPath(baseName(program), path, files);
  if (launcher === null || files.same(launcher, program)) return null;
  const text = files.head(launcher);
  if (!text.startsWith('#!')) return null;
  const sets = Object.entries(environment).some(
    ([name, value]) =>
      !GENERAL.has(name) && /^\/[^/:]+\/[^:]/.test(value) && program.startsWith(`${value}/`) && text.includes(name),
  );
  return sets ? launcher : null;
}

/**
 * The words of `Rscript x.R a` from what it starts, `R --no-echo --no-restore --file=x.R --args a`. R's launcher turns
 * spaces in the value of -e into `~+~`. Null if R was started by its user.
 */
export function asRscript(words: readonly string[]): readonly string[] | null {
  const [, echo, restore, ...rest] = words;
  if (!/^--(no-echo|slave)$/.test(echo ?? '') || restore !== '--no-restore') return null;
  const file = rest.findIndex(word => word.startsWith('--file='));
  const code = rest.indexOf('-e');
  if (file < 0 && code < 0) return null;
  const end = rest.indexOf('--args');
  const own = end < 0 ? rest : rest.slice(0, end);
  const given = end < 0 ? [] : rest.slice(end + 1);
  const plain = own.map((word, i) =>
    own[i - 1] === '-e' ? word.replaceAll('~+~', ' ') : word.replace(/^--file=/, ''),
  );
  return ['Rscript', ...plain, ...given];
}
