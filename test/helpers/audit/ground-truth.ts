import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { eventually } from '../processes/eventually.js';
import { stacksByGdb, startedWith, type Frame } from './gdb.js';
import { started } from '../processes/printing.js';
import { PROJECT } from '../shared.js';

export const OWNERS = join(PROJECT, 'test/fixtures/owners');

/** What others than we tell of a thread that was made by pthread_create. */
export interface Truth {
  tid: number;
  /** path of the file that its routine lies in; empty = in none */
  module: string;
  /** of its routine, in that file; null where only gdb's stack tells of it */
  address: number | null;
  /** outermost first, from its routine on; null where gdb did not get there */
  frames: Frame[] | null;
}

/** A program under test, which goes on until the test ends. */
export interface Running {
  pid: number;
  /** the truth of each pthread that anybody tells of, and tids of other threads that gdb sees */
  truths(): Promise<{ told: Truth[]; untold: number[] }>;
}

export interface Start {
  command: readonly string[];
  environment?: NodeJS.ProcessEnv;
  /** it is stopped when so many threads have run for a while, and then looked at: they come and go */
  stoppedAt?: number;
  /** a musl program takes musl's build of the library that listens to pthread_create */
  listener?: string;
}

/** Compiles a program of the fixtures, whose directory is written as `$`. */
export function compiled(output: string, command: readonly string[], environment: NodeJS.ProcessEnv = {}): string {
  const [compiler, ...words] = command.flatMap(word =>
    word.startsWith('$/') ? ['-o', output, word.replace('$', OWNERS)] : [word],
  );
  execFileSync(compiler!, words, { stdio: ['ignore', 'ignore', 'inherit'], env: { ...process.env, ...environment } });
  return output;
}

/** Starts a program, and listens to its calls of pthread_create where it is linked dynamically. */
export async function startedProgram(
  directory: string,
  { command, environment, stoppedAt, listener }: Start,
): Promise<Running> {
  const calls = join(directory, 'pthreads');
  const { child, pid } = await started(command, {
    ...environment,
    PTHREADS_FILE: calls,
    ...(listener && { LD_PRELOAD: listener }),
  });
  if (stoppedAt !== undefined) {
    const asleep = new Set<string>();
    do {
      child.kill('SIGCONT');
      await eventually(() => allAtWork(pid, stoppedAt, asleep));
      child.kill('SIGSTOP');
      await eventually(() => /^State:\s*T/m.test(readFileSync(`/proc/${pid}/status`, 'utf8')));
    } while (!allAtWork(pid, stoppedAt, asleep)); // one that was just made would stay at its beginning
  }
  return {
    pid,
    async truths() {
      const stacks = await stacksByGdb(pid);
      const called = calledFor(calls, pid);
      const mapped = parseMaps(readFileSync(`/proc/${pid}/maps`, 'utf8'));
      const told = [...stacks].flatMap(([tid, stack]) => {
        const frames = startedWith(stack);
        const call = called.get(tid);
        if (!call && !frames) return [];
        const module = call ? fileAt(mapped, call.inProcess) : frames![0]!.module;
        return [{ tid, module, address: call?.inFile ?? null, frames }];
      });
      return { told, untold: [...stacks.keys()].filter(tid => !told.some(truth => truth.tid === tid)) };
    },
  };
}

/**
 * Whether there are so many threads, and none is at its beginning: each has run for a millisecond, or was seen asleep before.
 * @param asleep those that were; a pool on a busy machine may go to sleep without having run for long
 */
function allAtWork(pid: number, threads: number, asleep: Set<string>): boolean {
  const tids = readdirSync(`/proc/${pid}/task`);
  const begun = tids.filter(tid => {
    try {
      const directory = `/proc/${pid}/task/${tid}`;
      if (/^State:\s*S/m.test(readFileSync(`${directory}/status`, 'utf8'))) asleep.add(tid);
      return asleep.has(tid) || Number(readFileSync(`${directory}/schedstat`, 'utf8').split(' ')[0]) > 1e6;
    } catch {
      return false;
    }
  });
  return tids.length >= threads && begun.length === tids.length;
}

/** The lines of test/fixtures/owners/observers/tell_pthreads.c; of a tid that was given twice the later one. */
function calledFor(file: string, pid: number): Map<number, { inProcess: number; inFile: number }> {
  const lines = existsSync(file)
    ? readFileSync(file, 'utf8')
        .trim()
        .split('\n')
        .map(line => line.split(' '))
    : [];
  return new Map(
    lines
      .filter(([owner]) => Number(owner) === pid)
      .map(([, tid, inProcess, inFile]) => [
        Number(tid),
        { inProcess: parseInt(inProcess!, 16), inFile: parseInt(inFile!, 16) },
      ]),
  );
}

interface Mapped {
  start: number;
  end: number;
  path: string;
}

function parseMaps(text: string): Mapped[] {
  return [...text.matchAll(/^([\da-f]+)-([\da-f]+) \S+ \S+ \S+ \S+ *(.*)$/gm)].map(([, start, end, path]) => ({
    start: parseInt(start!, 16),
    end: parseInt(end!, 16),
    path: path!,
  }));
}

function fileAt(mapped: readonly Mapped[], address: number): string {
  return mapped.find(({ start, end }) => start <= address && address < end)?.path ?? '';
}
