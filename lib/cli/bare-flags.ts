import type { Flag } from './flags/flag.js';
import type { CommandSpec } from './specs/spec.js';

/**
 * A command's words with `=` and a value at each flag whose value may be left out: such a flag never takes the
 * next word. The program's own words are left alone.
 */
export function joinBareFlags(words: readonly string[], { flags, program }: Pick<CommandSpec, 'flags' | 'program'>) {
  const joined: string[] = [];
  for (let i = 0; i < words.length; i++) {
    const word = words[i]!;
    const isOperand = !/^-./.test(word);
    if (word === '--' || (isOperand && program)) return [...joined, ...words.slice(i)];
    const flag = flags.find(({ name }) => word === `--${name}`);
    joined.push(flag?.bare === undefined ? word : `${word}=${flag.bare}`);
    if (takesNext(word, flags) && i + 1 < words.length) joined.push(words[++i]!);
  }
  return joined;
}

/** Whether the value of a word's flag is the next word: `--policy`, `-n`, and `-qn`, but not `-n4`. */
function takesNext(word: string, flags: readonly Flag[]): boolean {
  const needsValue = (flag: Flag) => flag.value !== undefined && flag.bare === undefined;
  if (word.startsWith('--')) return flags.some(flag => word === `--${flag.name}` && needsValue(flag));
  const first = [...word.slice(1)].findIndex(letter => flags.some(flag => flag.short === letter && needsValue(flag)));
  return first >= 0 && first === word.length - 2;
}
