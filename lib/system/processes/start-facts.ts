import {
  accessSync,
  closeSync,
  constants,
  existsSync,
  openSync,
  readFileSync,
  readlinkSync,
  readSync,
  statSync,
} from 'node:fs';
import { HEAD_BYTES } from '../../core/processes/scripts.js';
import type { Files, StartedCommand, StartFacts } from '../../core/processes/start-facts.js';
import { startedCommand } from '../../core/processes/started-command.js';
import { native } from '../native.js';
import { ifReadable } from '../os-errors.js';
import { readCommandLine, readEnvironment } from './processes.js';

/** The command that starts a process's program again; null if it cannot be trusted. */
export function readStartedCommand(pid: number): StartedCommand | null {
  return startedCommand(readStart(pid), FILES, { directory: process.cwd(), path: process.env['PATH'] ?? '' });
}

/** How a process was started, as far as we may read it. */
function readStart(pid: number): StartFacts {
  return {
    executable: ifReadable(() => native.executable(pid), ''),
    commandLine: readCommandLine(pid),
    untouched: ifReadable(() => isUntouched(pid), null),
    contained: ifReadable(() => !isSameFile(`/proc/${pid}/root`, '/'), null),
    directory: ifReadable(() => readlinkSync(`/proc/${pid}/cwd`), null),
    environment: readEnvironment(pid),
  };
}

/** The files of this machine. */
const FILES: Files = {
  exists: existsSync,
  isProgram: path => ifReadable(() => statSync(path).isFile() && isExecutable(path), false),
  same: (path, other) => ifReadable(() => isSameFile(path, other), false),
  head: path => ifReadable(() => readAt(path, 0, HEAD_BYTES).toString('latin1'), ''),
};

function isSameFile(path: string, other: string): boolean {
  const [a, b] = [statSync(path, { bigint: true }), statSync(other, { bigint: true })];
  return a.dev === b.dev && a.ino === b.ino;
}

function isExecutable(path: string): boolean {
  accessSync(path, constants.X_OK);
  return true;
}

/**
 * Whether a command line is as the kernel put it: the stack begins with the number of words and pointers to them. A
 * program that writes a title changes the words, but not their number there, and getopt(3) at most reorders the
 * pointers. Without the right to read the stack, only a change of the length is seen (proc_pid_stat(5): startstack,
 * arg_start, arg_end).
 */
function isUntouched(pid: number): boolean | null {
  const text = readFileSync(`/proc/${pid}/stat`, 'latin1');
  const field = text.slice(text.lastIndexOf(')') + 2).split(' '); // begins with the third field
  const [stack, begin, end] = [28, 48, 49].map(number => Number(field[number - 3]));
  if (!begin || !end) return null;
  const line = readFileSync(`/proc/${pid}/cmdline`);
  if (line.length !== end - begin) return false;
  const starts = wordStarts(line);
  const pointers = stack ? ifReadable(() => readPointers(pid, stack, starts.length), null) : null;
  const known = new Set(starts.map(start => begin + start));
  const isInside = (at: number) => at >= begin && at < end;
  return pointers && pointers.length === starts.length && pointers.every(at => known.has(at) || !isInside(at));
}

/** Where the words of a command line begin; each ends with a zero byte. */
function wordStarts(line: Buffer): number[] {
  const starts: number[] = [];
  for (let at = 0; at < line.length; at = line.indexOf(0, at) + 1 || line.length) starts.push(at);
  return starts;
}

/** The pointers to the words that the stack begins with; more than `most` of them are none. */
function readPointers(pid: number, stack: number, most: number): number[] {
  const memory = `/proc/${pid}/mem`;
  const count = readAt(memory, stack, 8);
  const size = count.readUInt32LE(4) === 0 ? 8 : 4; // a program of 32 bits has its first pointer there
  const words = count.readUInt32LE(0);
  if (words > most) return [];
  const bytes = readAt(memory, stack + size, words * size);
  return Array.from({ length: words }, (_, i) =>
    size === 8 ? Number(bytes.readBigUInt64LE(i * size)) : bytes.readUInt32LE(i * size),
  );
}

function readAt(path: string, position: number, length: number): Buffer {
  const file = openSync(path, 'r');
  try {
    const bytes = Buffer.alloc(length);
    return bytes.subarray(0, readSync(file, bytes, 0, length, position));
  } finally {
    closeSync(file);
  }
}
