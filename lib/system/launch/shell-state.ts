/**
 * What the user's shell would have given a program, and Node has changed in this process. bin/governor.js notes it in
 * variables before it starts Node.
 */
import { constants } from 'node:os';
import type { Environment } from '../../core/environment.js';
import { native } from '../native.js';
import { ifReadable } from '../os-errors.js';

/** The soft limit on open files. */
const OPEN_FILES = 'GOVERNOR_OPEN_FILES';
/** The signals that were ignored, as after nohup: the kernel's mask in hexadecimal digits. */
const IGNORED_SIGNALS = 'GOVERNOR_IGNORED_SIGNALS';
/** The descriptors that were open. */
const DESCRIPTORS = 'GOVERNOR_DESCRIPTORS';

/** How many ancestors are searched for the user's limit. */
const MOST_ANCESTORS = 16;

/** An environment without the notes. */
export function withoutNotes(environment: Environment): Environment {
  const { [OPEN_FILES]: _files, [IGNORED_SIGNALS]: _signals, [DESCRIPTORS]: _descriptors, ...rest } = environment;
  return rest;
}

/**
 * The soft limit on open files before Node raised it, as noted; -1: unlimited. Without a note, searches the ancestors:
 * our own Node and every node (npm) that started us, also through shells, raised theirs to the hard limit. The first
 * process beyond them still has the user's.
 */
export function userOpenFilesLimit(own: number): number {
  const noted = process.env[OPEN_FILES];
  if (noted === 'unlimited') return -1;
  if (/^\d{1,15}$/.test(noted ?? '') && Number(noted) < own) return Number(noted);
  let pid = process.ppid;
  for (let depth = 0; depth < MOST_ANCESTORS && pid > 1; depth++) {
    const limit = ifReadable(() => native.openFilesLimit(pid), own);
    if (limit !== own || !startedByNode(pid)) return limit;
    pid = parentOf(pid) ?? 0;
  }
  return own;
}

/** Whether a process is a node, or a shell that a node started. */
function startedByNode(pid: number): boolean {
  return isNode(pid) || isNode(parentOf(pid) ?? pid);
}

function isNode(pid: number): boolean {
  return /\/node(js)?$/.test(ifReadable(() => native.executable(pid), ''));
}

function parentOf(pid: number): number | undefined {
  return native.process(pid)?.ppid;
}

export function ignoredSignals(): number[] {
  const mask = process.env[IGNORED_SIGNALS] ?? '';
  if (!/^[0-9a-f]{1,16}$/i.test(mask)) return [];
  const bits = BigInt(`0x${mask}`);
  const signals = Array.from({ length: 64 }, (_, i) => i + 1).filter(signal => (bits >> BigInt(signal - 1)) & 1n);
  return signals.filter(signal => signal !== constants.signals.SIGKILL && signal !== constants.signals.SIGSTOP);
}

/** The open descriptors besides the standard streams; none unless bin/governor.js started us. */
export function inheritedDescriptors(): number[] {
  const noted = (process.env[DESCRIPTORS] ?? '')
    .split(' ')
    .filter(text => /^\d{1,7}$/.test(text))
    .map(Number);
  return noted.filter(descriptor => descriptor > 2);
}
