const NEWLINE = 0x0a;
const RETURN = 0x0d;
/** Bytes after which a line is passed on in pieces, so that an endless line cannot fill the memory. */
export const LONGEST_LINE = 64 * 1024;

/**
 * Cuts a stream into whole lines and prefixes each. A progress bar's carriage return also ends a line, since another
 * rank's line may follow. An unfinished last line becomes its own line.
 */
export class LinePrefixer {
  private rest: Buffer = Buffer.alloc(0);
  private readonly prefix: Buffer;

  constructor(prefix: string) {
    this.prefix = Buffer.from(prefix);
  }

  /** The lines that this piece completes; empty if there are none yet. */
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
 * The index of the end of the next line; -1 if there is none yet. A return at the very end may be the first half of a
 * CRLF, so it is decided with the next piece.
 * @param newline index of the next newline from `start` on
 */
function lineEnd(text: Buffer, start: number, newline: number): number {
  const before = newline < 0 ? text.length : newline;
  const at = text.subarray(start, before).indexOf(RETURN);
  if (at < 0 || start + at === text.length - 1) return newline;
  return start + at;
}
