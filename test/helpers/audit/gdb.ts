import { join } from 'node:path';
import { finished } from '../processes/run.js';
import { PROJECT } from '../shared.js';

export interface Frame {
  /** empty where no symbol tells */
  function: string;
  /** path of the file; empty where it lies in none */
  module: string;
  address: string;
}

const SCRIPT = join(PROJECT, 'test/fixtures/owners/observers/tell_frames.gdb.py');

/** The stack of each thread by its tid, innermost frame first. gdb stops the process while it looks. */
export async function stacksByGdb(pid: number): Promise<Map<number, Frame[]>> {
  const { stdout, stderr } = await finished([
    'gdb',
    '-batch',
    '-nx',
    '-iex',
    'set debuginfod enabled off',
    '-iex',
    'set auto-load off',
    '-p',
    String(pid),
    '-x',
    SCRIPT,
  ]);
  const line = stdout.split('\n').find(one => one.startsWith('{'));
  if (line === undefined) throw new Error(`gdb told nothing of ${pid}:\n${stdout}\n${stderr}`);
  return new Map(
    Object.entries(JSON.parse(line) as Record<string, Frame[]>).map(([tid, frames]) => [Number(tid), frames]),
  );
}

/** A C library's file: its first two functions (clone and start_thread) stand below the thread's own. */
const C_LIBRARY = /\/(libc(-[\d.]+)?|libpthread(-[\d.]+)?|ld-musl-[^/]*)\.so[^/]*$/;
const CLONE = /^_*clone3?$/;
const START = /^(start_thread|start|start_c11)$/;

/** The frames of a thread's own, outermost first: the routine that it was started with, then what that called. Null where gdb did not get there. */
export function startedWith(frames: readonly Frame[]): Frame[] | null {
  const [clone, start, ...own] = [...frames].reverse();
  if (!clone || !start || own.length === 0) return null;
  if (!C_LIBRARY.test(clone.module) && !CLONE.test(clone.function)) return null;
  if (!C_LIBRARY.test(start.module) && !START.test(start.function)) return null;
  return own;
}
