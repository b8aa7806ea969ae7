/**
 * Text that stands for bytes: words, variables and paths on Linux may be any bytes. A byte that belongs to no UTF-8
 * character is kept as a code unit from U+DC80 to U+DCFF, which no decoded text contains; Python calls that
 * surrogateescape (PEP 383). The addon turns it into the byte again.
 */
const ESCAPE = 0xdc00;
/** Only those that are no half of a character. */
const ESCAPED = /[\udc80-\udcff]/u;

const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const encoder = new TextEncoder();

/** Whether a text stands for bytes that are not UTF-8. */
export function hasBytes(text: string): boolean {
  return ESCAPED.test(text);
}

export function fromBytes(bytes: Uint8Array): string {
  const whole = decoded(bytes);
  if (whole !== null) return whole;
  let text = '';
  for (let at = 0; at < bytes.length; ) {
    const size = sizeOf(bytes[at]!);
    const character = decoded(bytes.subarray(at, at + size));
    text += character ?? String.fromCharCode(ESCAPE + bytes[at]!);
    at += character === null ? 1 : size;
  }
  return text;
}

export function toBytes(text: string): Uint8Array {
  const pieces = text.split(/([\udc80-\udcff])/u);
  return Uint8Array.from(
    pieces.flatMap((piece, i) => (i % 2 === 1 ? [piece.charCodeAt(0) - ESCAPE] : [...encoder.encode(piece)])),
  );
}

/** How many bytes the character has that begins with this byte. */
function sizeOf(first: number): number {
  return first < 0xc0 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
}

function decoded(bytes: Uint8Array): string | null {
  try {
    return strict.decode(bytes);
  } catch {
    return null;
  }
}
