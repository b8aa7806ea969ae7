/** Quotes a word so that a POSIX shell reads it back unchanged. */
export function shellQuote(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

export function shellJoin(words: readonly string[]): string {
  return words.map(shellQuote).join(' ');
}

/**
 * Quotes words as one line that a terminal shows unchanged: unprintable characters become `$'\033'`, which bash, zsh,
 * ksh, busybox and POSIX shells of 2024 read.
 */
export function shellLine(words: readonly string[]): string {
  return words.map(word => (UNPRINTABLE.test(word) ? escaped(word) : shellQuote(word))).join(' ');
}

/** A line that runs another one in a directory; null: in the shell's own. */
export function lineIn(directory: string | null, line: string): string {
  return directory === null ? line : `cd ${shellLine([directory])} && ${line}`;
}

const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u;

function escaped(word: string): string {
  const octal = (text: string) =>
    [...new TextEncoder().encode(text)].map(byte => `\\${byte.toString(8).padStart(3, '0')}`).join('');
  const escapeOne = (text: string) => (text === '\\' || text === "'" ? `\\${text}` : octal(text));
  return `$'${word.replace(/[\\']|[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, escapeOne)}'`;
}
