/**
 * The words of a line as a shell reads them, after POSIX.1-2024, 2.2 Quoting: '…', $'…' with \ooo \\ \', and \x.
 * Throws at anything that would expand, join commands or start a comment: a quoted line holds none.
 */
export function shellWords(line: string): string[] {
  const words: string[] = [];
  let word: string | null = null;
  for (let at = 0; at < line.length; ) {
    const rest = line.slice(at);
    const match = /^(?:( +)|'([^']*)'|\$'((?:\\.|[^'\\])*)'|\\(.)|([^\s'"\\$`*?[\]#~&;|<>(){}!\n]+))/s.exec(rest);
    if (!match) throw new Error(`not quoted: ${rest}`);
    const [all, space, quoted, dollar, escaped, plain] = match;
    if (space !== undefined) {
      if (word !== null) words.push(word);
      word = null;
    } else {
      word = (word ?? '') + (quoted ?? escaped ?? plain ?? unescaped(dollar!));
    }
    at += all.length;
  }
  return word === null ? words : [...words, word];
}

function unescaped(text: string): string {
  const bytes: number[] = [];
  for (const [, octal, escaped, plain] of text.matchAll(/\\([0-7]{3})|\\([\\'])|([^\\])/gsu)) {
    if (octal === undefined) bytes.push(...new TextEncoder().encode(escaped ?? plain));
    else bytes.push(parseInt(octal, 8));
  }
  return new TextDecoder().decode(new Uint8Array(bytes));
}
