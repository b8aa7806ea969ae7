const NEWLINE = 0x0a;
const RETURN = 0x0d;
/** A line longer than this is passed on in pieces, so that one without an end cannot fill the memory. */
export const LONGEST_LINE = 64 * 1024;

/**
 * Cuts a stream into whole lines, each with a prefix. A progress bar's carriage return ends a line as well: another
 * rank's may follow it. What is left at the end becomes a line of its own.
 */
export class LinePrefixer {
  private rest: Buffer = Buffer.alloc(0);
  private readonly prefix: Buffer;

  constructor(prefix: string) {
    this.prefix = Buffer.from(prefix);
  }

  /** Whole lines that came with this piece; empty where there is none yet. */
  add(piece: Buffer): Buffer {
    const text = this.rest.length > 0 ? Buffer.concat([this.rest, piece]) : piece;
    const parts: Buffer[] = [];
    let start = 0;
    let newline = text.indexOf(NEWLINE);
    for (let end: number; (end = lineEnd(text, start, newline)) >= 0; start = end + 1) {
      parts.push(this.prefix, text.subarray(start, end), BREAK);
      if (text[end] === RETURN && text[end + 1] === NEWLINE) end++;
      if (end === newline) newline = text.indexOf(NEWLINE, end + 1);
    }
    for (; text.length - start > LONGEST_LINE; start += LONGEST_LINE) {
      parts.push(this.prefix, text.subarray(start, start + LONGEST_LINE), BREAK);
    }
    this.rest = text.subarray(start);
    return Buffer.concat(parts);
  }

  end(): Buffer {
    const rest = this.rest;
    this.rest = Buffer.alloc(0);
    if (rest.length === 0) return rest;
    return Buffer.concat([this.prefix, rest.at(-1) === RETURN ? rest.subarray(0, -1) : rest, BREAK]);
  }
}

const BREAK = Buffer.of(NEWLINE);

/**
 * A return at the very end may be the first half of a line's end: it is looked at again with what follows.
 * @param newline the next one from the start on
 */
function lineEnd(text: Buffer, start: number, newline: number): number {
  const before = newline < 0 ? text.length : newline;
  const at = text.subarray(start, before).indexOf(RETURN);
  if (at < 0 || start + at === text.length - 1) return newline;
  return start + at;
}
