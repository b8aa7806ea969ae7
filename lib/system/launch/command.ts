import { accessSync, constants, existsSync, statSync } from 'node:fs';
import { constants as osConstants } from 'node:os';
import { delimiter, join } from 'node:path';
import { getSystemErrorName } from 'node:util';
import { GovernorError } from '../../errors.js';
import type { RankExit } from '../../core/launch/lifecycle.js';
import type { Environment } from '../../core/environment.js';
import { native } from '../native.js';

/** As a shell tells it: the program's own status, or 128 + the number of the signal that killed it. */
export function exitStatus({ code, signal }: RankExit): number {
  return code ?? 128 + (signal ? osConstants.signals[signal] : 0);
}

/** What the kernel says of a program that it does not start. */
export function notStarted(file: string, errno: number): GovernorError {
  const why =
    errno === osConstants.errno.ENOENT
      ? 'the interpreter that its first line names is missing'
      : getSystemErrorName(-errno);
  return new GovernorError('COMMAND_NOT_EXECUTABLE', `${file}: ${why}`, { syscall: 'execve' });
}

/**
 * Finds a program as execvp does, before anything is started or said.
 * @returns its path
 * @throws GovernorError COMMAND_NOT_FOUND, COMMAND_NOT_EXECUTABLE
 */
export function findCommand(file: string, environment: Environment): string {
  const directories = (environment['PATH'] ?? '/bin:/usr/bin').split(delimiter);
  const candidates = file.includes('/')
    ? [file]
    : file === ''
      ? []
      : directories.map(directory => join(directory || '.', file));
  const found = candidates.filter(candidate => existsSync(candidate));
  const executable = found.find(isExecutable);
  if (executable !== undefined) return executable;
  if (found.length === 0) {
    const where = file.includes('/') ? 'there is no such file' : 'not found in PATH';
    throw new GovernorError(
      'COMMAND_NOT_FOUND',
      `${file || "''"}: ${where}; give a program and its arguments after --`,
    );
  }
  const why = statSync(found[0]!).isDirectory()
    ? 'is a directory; give a program in it'
    : 'is not executable; chmod +x it, or start it by its interpreter';
  throw new GovernorError('COMMAND_NOT_EXECUTABLE', `${found[0]}: ${why}`);
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}

/** Where bin/governor.js leaves the soft limit on open files that it was started with. */
export const NOTED_LIMIT = 'GOVERNOR_OPEN_FILES';

/**
 * The soft limit on open files before Node raised it, as noted when we were started. Not started that way: our own
 * start raised it to the hard limit, and so did that of every node (npm) that started us, through the shells in
 * between; the first ancestor beyond them still has it.
 */
export function userOpenFilesLimit(own: number): number {
  const noted = process.env[NOTED_LIMIT];
  if (noted === 'unlimited') return -1;
  if (/^\d{1,15}$/.test(noted ?? '') && Number(noted) < own) return Number(noted);
  let pid = process.ppid;
  for (let depth = 0, limit = own; depth < 16 && pid > 1; depth++) {
    try {
      const above = native.process(pid);
      if (!above) return limit;
      limit = native.openFilesLimit(pid);
      if (limit !== own) return limit;
      if (!startedByNode(pid)) return limit;
      pid = above.ppid;
    } catch {
      return limit;
    }
  }
  return own;
}

/** Whether a process is a node, or a shell that a node has started. */
function startedByNode(pid: number): boolean {
  const isNode = (id: number) => /\/node(js)?$/.test(native.executable(id));
  return isNode(pid) || isNode(native.process(pid)?.ppid ?? pid);
}
