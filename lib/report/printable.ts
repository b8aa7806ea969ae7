/** Text from elsewhere, such as a name that a process gave itself: nothing of it reaches the terminal unseen. */
export function printable(text: string): string {
  return text.replace(
    /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu,
    character => `\\x${character.codePointAt(0)!.toString(16).padStart(2, '0')}`,
  );
}

export function clipped(text: string, width: number): string {
  return text.length > width ? `${text.slice(0, width - 1)}…` : text;
}

/** Of a path its end: that tells what it is. */
export function clippedFront(text: string, width: number): string {
  return text.length > width ? `…${text.slice(text.length - width + 1)}` : text;
}
