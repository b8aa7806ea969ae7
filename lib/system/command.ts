import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { accessSync, constants, existsSync, statSync } from 'node:fs';
import { constants as osConstants } from 'node:os';
import { delimiter, join } from 'node:path';
import { GovernorError } from '../errors.js';
import type { Environment } from '../core/thread-variables.js';
import { native } from './native.js';

/** How a program ended. */
export interface Exit {
  code: number | null;
  signal: NodeJS.Signals | null;
}

/** As a shell tells it: the program's own status, or 128 + the number of the signal that killed it. */
export function exitStatus({ code, signal }: Exit): number {
  return code ?? 128 + (signal ? osConstants.signals[signal] : 0);
}

/**
 * Starts a program with our stdin, stdout and stderr, and with the limit on open files that the user's shell
 * would have given it: Node raises its own.
 * @throws GovernorError COMMAND_NOT_FOUND, COMMAND_NOT_EXECUTABLE
 */
export async function startCommand(command: readonly string[], environment: Environment): Promise<ChildProcess> {
  const [file, ...args] = command as [string, ...string[]];
  requireCommand(file, environment);
  const { [NOTED_LIMIT]: _, ...rest } = environment;
  try {
    const child = withUserLimits(() => spawn(file, args, { stdio: 'inherit', env: rest }));
    await once(child, 'spawn');
    return child;
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const why = code === 'ENOENT' ? 'the interpreter that its first line names is missing' : message;
    throw new GovernorError('COMMAND_NOT_EXECUTABLE', `${file}: ${why}`, { syscall: 'execve', cause: error });
  }
}

/**
 * Finds a program as execvp does, before anything is started or said.
 * @throws GovernorError COMMAND_NOT_FOUND, COMMAND_NOT_EXECUTABLE
 */
export function requireCommand(file: string, environment: Environment): void {
  const directories = (environment['PATH'] ?? '/bin:/usr/bin').split(delimiter);
  const candidates = file.includes('/') ? [file] : file === '' ? [] : directories.map(directory => join(directory || '.', file));
  const found = candidates.filter(candidate => existsSync(candidate));
  if (found.some(isExecutable)) return;
  if (found.length === 0) {
    const where = file.includes('/') ? 'there is no such file' : 'not found in PATH';
    throw new GovernorError('COMMAND_NOT_FOUND', `${file || "''"}: ${where}; give a program and its arguments after --`);
  }
  const why = statSync(found[0]!).isDirectory() ? 'is a directory; give a program in it' : 'is not executable; chmod +x it, or start it by its interpreter';
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

function withUserLimits<T>(start: () => T): T {
  const own = native.openFilesLimit(0);
  native.setOpenFilesLimit(userOpenFilesLimit(own));
  try {
    return start();
  } finally {
    native.setOpenFilesLimit(own);
  }
}

/** Where bin/governor.js leaves the soft limit on open files that it was started with. */
const NOTED_LIMIT = 'GOVERNOR_OPEN_FILES';

/**
 * The soft limit on open files before Node raised it, as noted when we were started. Not started that way: our own
 * start raised it to the hard limit, and so did that of every node (npm) that started us, through the shells in
 * between; the first ancestor beyond them still has it.
 */
function userOpenFilesLimit(own: number): number {
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
