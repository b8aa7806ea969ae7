/**
 * Words and variables of this process as they were given. Node decodes them as UTF-8 and replaces every other byte by
 * U+FFFD; the kernel still has the bytes. Text that stands for them is that of lib/core/bytes.ts.
 */
import { readFileSync } from 'node:fs';
import { fromBytes, hasBytes, toBytes } from '../core/bytes.js';
import type { Environment } from '../core/environment.js';
import { ifReadable } from './os-errors.js';

const REPLACED = '\ufffd';

/** @param words the last ones of this process's command line, as Node has them */
export function exactWords(words: readonly string[]): string[] {
  if (!words.some(isReplaced)) return [...words];
  const given = entriesOf('/proc/self/cmdline');
  const first = given.length - words.length;
  return words.map((word, i) => {
    const bytes = given[first + i];
    return bytes?.toString() === word ? fromBytes(bytes) : word;
  });
}

/** The variables, of which those that this process was started with get their exact names and values. */
export function exactEnvironment(environment: Environment): Environment {
  const names = Reflect.ownKeys(process.env) as string[]; // Object.keys leaves out names that are not UTF-8
  if (!names.some(isReplaced) && !Object.values(environment).some(value => isReplaced(value ?? ''))) return environment;
  const exact = { ...environment };
  for (const bytes of entriesOf('/proc/self/environ')) {
    const text = fromBytes(bytes);
    const [, name, value] = /^([^=]+)=(.*)$/s.exec(text) ?? [];
    if (name === undefined || value === undefined || !hasBytes(text)) continue;
    const decoded = bytes.subarray(bytes.indexOf('=') + 1).toString();
    if (hasBytes(name) || environment[name] === decoded) exact[name] = value;
  }
  return exact;
}

/** A path for node:fs, which would replace its bytes. */
export function exactPath(path: string): string | Buffer {
  return hasBytes(path) ? Buffer.from(toBytes(path)) : path;
}

function isReplaced(text: string): boolean {
  return text.includes(REPLACED);
}

/** The entries of a file of /proc, which NUL ends; none if it cannot be read. */
function entriesOf(file: string): Buffer[] {
  const bytes = ifReadable(() => readFileSync(file), Buffer.alloc(0));
  const entries: Buffer[] = [];
  for (let at = 0, end = bytes.indexOf(0); end >= 0; at = end + 1, end = bytes.indexOf(0, at))
    entries.push(bytes.subarray(at, end));
  return entries;
}
