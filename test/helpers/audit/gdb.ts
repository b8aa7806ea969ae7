import { join } from 'node:path';
import { finished } from '../processes/run.js';
import { PROJECT } from '../shared.js';

export interface Frame {
  /** empty if no symbol covers it */
  function: string;
  /** path of its file; empty if it lies in none */
  module: string;
  address: string;
}

const SCRIPT = join(PROJECT, 'test/fixtures/owners/observers/tell_frames.gdb.py');

/** The stack of each thread by tid, innermost frame first. gdb stops the process meanwhile. */
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
  if (line === undefined) throw new Error(`gdb printed no frames of ${pid}:\n${stdout}\n${stderr}`);
  return new Map(
    Object.entries(JSON.parse(line) as Record<string, Frame[]>).map(([tid, frames]) => [Number(tid), frames]),
  );
}

/** The file of a C library, whose first two functions (clone and start_thread) are below a thread's own. */
const C_LIBRARY = /\/(libc(-[\d.]+)?|libpthread(-[\d.]+)?|ld-musl-[^/]*)\.so[^/]*$/;
const CLONE = /^_*clone3?$/;
const START = /^(start_thread|start|start_c11)$/;

/** A thread's own frames, outermost first, from the routine it was started with. Null if gdb did not get that far. */
export function startedWith(frames: readonly Frame[]): Frame[] | null {
  const [clone, start, ...own] = [...frames].reverse();
  if (!clone || !start || own.length === 0) return null;
  if (!C_LIBRARY.test(clone.module) && !CLONE.test(clone.function)) return null;
  if (!C_LIBRARY.test(start.module) && !START.test(start.function)) return null;
  return own;
}
