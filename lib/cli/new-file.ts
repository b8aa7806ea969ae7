import { closeSync, openSync, realpathSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { fromBytes } from '../core/bytes.js';
import { badInput } from '../errors.js';
import { exactPath } from '../system/exact-text.js';

/**
 * A file that is written later, whole or not at all: as a temporary file beside it, which is then renamed. The
 * constructor checks that this will work, and leaves no file behind, so nothing is left if this process is killed.
 */
export class NewFile {
  private readonly path: string;

  /**
   * @param option for the error
   * @throws GovernorError BAD_INPUT
   */
  constructor(file: string, option: string) {
    if (file === '-') throw badInput(option, file, 'a file; stdout belongs to the program');
    const given = resolve(file);
    this.path =
      reasonOf(() => realpathSync(exactPath(given))) === null
        ? fromBytes(realpathSync(exactPath(given), 'buffer'))
        : given;
    const reason = reasonOf(() => this.probe());
    if (reason !== null) throw badInput(option, file, `a file that can be written (${reason})`);
  }

  /** @returns why it could not be written; null if it was */
  write(text: string): string | null {
    const beside = this.beside();
    const reason = reasonOf(() => {
      writeFileSync(exactPath(beside), text, { flag: 'wx' });
      renameSync(exactPath(beside), exactPath(this.path));
    });
    if (reason === null) return null;
    rmSync(exactPath(beside), { force: true });
    return `${this.path} could not be written: ${reason}`;
  }

  private probe(): void {
    if (isOther(this.path)) throw new Error('it is no regular file');
    const beside = this.beside();
    closeSync(openSync(exactPath(beside), 'wx'));
    rmSync(exactPath(beside));
  }

  private beside(): string {
    return join(dirname(this.path), `.${basename(this.path)}.${process.pid}`);
  }
}

/** What is there already and is no file: a directory, a device, a pipe. */
function isOther(path: string): boolean {
  const found = statSync(exactPath(path), { throwIfNoEntry: false });
  return found !== undefined && !found.isFile();
}

function reasonOf(action: () => void): string | null {
  try {
    action();
    return null;
  } catch (error) {
    const { message } = error as Error;
    return /^[A-Z]\w*: [^,]*/.exec(message)?.[0] ?? message; // without the path, which is not the user's
  }
}
