import { hasBytes, toBytes } from '../core/bytes.js';

/**
 * Escapes control characters in untrusted text, such as a process's name, so that none reaches the terminal, and bytes
 * that are not UTF-8.
 */
export function printable(text: string): string {
  return text.replace(
    /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu,
    character => `\\x${codeOf(character).toString(16).padStart(2, '0')}`,
  );
}

/** Of text that stands for a byte: the byte. */
function codeOf(character: string): number {
  const code = character.codePointAt(0)!;
  return hasBytes(character) ? toBytes(character)[0]! : code;
}

export function clipped(text: string, width: number): string {
  return text.length > width ? `${text.slice(0, width - 1)}…` : text;
}

/** Cuts the start of a path: its end is more useful. */
export function clippedFront(text: string, width: number): string {
  return text.length > width ? `…${text.slice(text.length - width + 1)}` : text;
}
