/** Escapes control characters in untrusted text, such as a process's name, so that none reaches the terminal. */
export function printable(text: string): string {
  return text.replace(
    /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu,
    character => `\\x${character.codePointAt(0)!.toString(16).padStart(2, '0')}`,
  );
}

export function clipped(text: string, width: number): string {
  return text.length > width ? `${text.slice(0, width - 1)}…` : text;
}

/** Cuts the start of a path: its end is more useful. */
export function clippedFront(text: string, width: number): string {
  return text.length > width ? `…${text.slice(text.length - width + 1)}` : text;
}
