import { fstatSync, statSync, writeSync } from 'node:fs';
import { isatty } from 'node:tty';
import * as util from 'node:util';
import { outputLost } from '../errors.js';

/**
 * Writes to stdout and stderr without process.stdout and process.stderr: opening those sets O_NONBLOCK on pipes,
 * which a program that we start would share.
 */
export const output = {
  /** @throws GovernorError OUTPUT_LOST, but not if nobody reads it */
  out: (text: string): void => void output.isRead(text),
  /** What governor says of itself never ends a program: what cannot be written is dropped. */
  error: (text: string): void => {
    try {
      write(2, `${text}\n`);
    } catch {
      // the disk is full, or the terminal has gone
    }
  },
  /** Writes to stdout; false if nobody reads it any more. @throws GovernorError OUTPUT_LOST */
  isRead: (text: string): boolean => {
    try {
      return write(1, `${text}\n`);
    } catch (error) {
      throw outputLost('to stdout', error);
    }
  },
};

/** Characters in a line of the terminal; null if stdout is no terminal. */
export function terminalWidth(): number | null {
  return isTerminal(1) ? process.stdout.columns : null;
}

type Style = 'red' | 'green' | 'yellow' | 'blue' | 'magenta' | 'cyan' | 'bold' | 'dim';

/** Whether a stream shows colours: it is a terminal, and NO_COLOR is not set (no-color.org). */
export function hasColours(descriptor: 1 | 2): boolean {
  if (process.env['NO_COLOR']) return false;
  if (process.env['FORCE_COLOR']) return process.env['FORCE_COLOR'] !== '0';
  return isTerminal(descriptor) && process.env['TERM'] !== 'dumb';
}

/** The same as isatty. node:tty takes a while to load, and files, pipes and /dev/null can be recognised without it. */
function isTerminal(descriptor: 1 | 2): boolean {
  try {
    const found = fstatSync(descriptor);
    return found.isCharacterDevice() && found.rdev !== statSync('/dev/null').rdev && isatty(descriptor);
  } catch {
    return isatty(descriptor);
  }
}

/** Uses util.styleText, which Node has since 20.12; plain text before. */
export function style(descriptor: 1 | 2, styles: Style | Style[], text: string): string {
  if (!hasColours(descriptor) || typeof util.styleText !== 'function') return text;
  const paint = util.styleText as (
    format: Style | Style[],
    text: string,
    options: { validateStream: boolean },
  ) => string;
  return paint(styles, text, { validateStream: false });
}

/** Writes everything, even if somebody has made the pipe non-blocking. @returns false if the reader has gone */
function write(descriptor: number, text: string): boolean {
  let rest = Buffer.from(text);
  while (rest.length > 0) {
    try {
      rest = rest.subarray(writeSync(descriptor, rest));
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'EPIPE' || code === 'EBADF') return false;
      if (code !== 'EAGAIN') throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10);
    }
  }
  return true;
}
