import { accessSync, constants, existsSync, statSync } from 'node:fs';
import { constants as osConstants } from 'node:os';
import { delimiter, join } from 'node:path';
import { getSystemErrorName } from 'node:util';
import { GovernorError } from '../../errors.js';
import type { RankExit } from '../../core/launch/lifecycle.js';
import type { Environment } from '../../core/environment.js';
import { exactEnvironment, exactPath } from '../exact-text.js';
import { native } from '../native.js';
import { ifReadable } from '../os-errors.js';
import { isLimit, limitReached } from '../process-limit.js';

/** The status as a shell reports it: the program's own, or 128 + the number of the signal that killed it. */
export function exitStatus({ code, signal }: RankExit): number {
  return code ?? 128 + (signal ? osConstants.signals[signal] : 0);
}

/** Why the kernel does not start a program. @param syscall what failed before or in its start */
export function notStarted(file: string, errno: number, syscall = 'execve'): GovernorError {
  if (isLimit(errno)) return limitReached(`start ${file}`, errno, native);
  if (syscall !== 'execve') {
    const text = `cannot start ${file}: the kernel refused ${syscall} (${getSystemErrorName(-errno)})`;
    return new GovernorError('COMMAND_NOT_EXECUTABLE', text, { syscall });
  }
  const why =
    errno === osConstants.errno.ENOENT
      ? 'the interpreter that its first line names is missing'
      : getSystemErrorName(-errno);
  return new GovernorError('COMMAND_NOT_EXECUTABLE', `${file}: ${why}`, { syscall: 'execve' });
}

/**
 * Finds a program as execvp does.
 * @returns its path
 * @throws GovernorError COMMAND_NOT_FOUND, COMMAND_NOT_EXECUTABLE
 */
export function findCommand(file: string, environment: Environment): string {
  const directories = (exactEnvironment(environment)['PATH'] ?? '/bin:/usr/bin').split(delimiter);
  const candidates = file.includes('/')
    ? [file]
    : file === ''
      ? []
      : directories.map(directory => join(directory || '.', file));
  const found = candidates.filter(candidate => existsSync(exactPath(candidate)));
  const executable = found.find(isExecutable);
  if (executable !== undefined) return executable;
  if (found.length === 0) {
    const where = file.includes('/') ? 'there is no such file' : 'not found in PATH';
    throw new GovernorError(
      'COMMAND_NOT_FOUND',
      `${file || "''"}: ${where}; give a program and its arguments after --`,
    );
  }
  const why = statSync(exactPath(found[0]!)).isDirectory()
    ? 'is a directory; name a program in it'
    : 'is not executable; chmod +x it, or run it with its interpreter';
  throw new GovernorError('COMMAND_NOT_EXECUTABLE', `${found[0]}: ${why}`);
}

function isExecutable(file: string): boolean {
  return ifReadable(() => {
    accessSync(exactPath(file), constants.X_OK);
    return statSync(exactPath(file)).isFile();
  }, false);
}
