import { closeSync, openSync, readSync, realpathSync } from 'node:fs';
import { fromBytes } from '../../core/bytes.js';
import type { Environment } from '../../core/environment.js';
import { keepsNodeOptions } from '../../core/launch/node-options.js';
import { runtimeOf, type RunBy } from '../../core/processes/runtime-of.js';
import { GovernorError } from '../../errors.js';
import { exactPath } from '../exact-text.js';
import { ifReadable } from '../os-errors.js';
import { findCommand } from './command.js';

/**
 * Linux looks for an interpreter in the first 256 bytes; the note of a Go program is among its first pages; the names
 * of the libraries that a program needs come before its code.
 */
const HEAD_BYTES = 262_144;

/** What runs a command, as far as its file and the first line of a script show. */
export function runtimeOfCommand(command: readonly string[], environment: Environment): RunBy {
  return runtimeOf(command, program => {
    const path = pathOf(program, environment);
    return path === null ? null : { path, head: ifReadable(() => headOf(path), '') };
  });
}

/** Whether a variable that holds options can be set for the program: the JVM takes it, and so does a Node like ours. */
export function takesOptions({ runtime, path }: RunBy): boolean {
  if (runtime !== 'Node') return true;
  return path === ifReadable(() => realpathSync(process.execPath), '') && keepsNodeOptions(process.versions.node);
}

function pathOf(program: string, environment: Environment): string | null {
  try {
    return fromBytes(realpathSync(exactPath(findCommand(program, environment)), 'buffer'));
  } catch (error) {
    if (error instanceof GovernorError || (error as NodeJS.ErrnoException).code !== undefined) return null;
    throw error;
  }
}

function headOf(path: string): string {
  const descriptor = openSync(exactPath(path), 'r');
  try {
    const head = Buffer.alloc(HEAD_BYTES);
    return head.toString('latin1', 0, readSync(descriptor, head, 0, HEAD_BYTES, 0));
  } finally {
    closeSync(descriptor);
  }
}
