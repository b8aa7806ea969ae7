import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { eventually } from '../processes/eventually.js';
import { stacksByGdb, startedWith, type Frame } from './gdb.js';
import { started } from '../processes/printing.js';
import { PROJECT } from '../shared.js';

export const OWNERS = join(PROJECT, 'test/fixtures/owners');

/** What gdb, and a listener to pthread_create, show about a thread that pthread_create started. */
export interface Truth {
  tid: number;
  /** path of the file that holds its routine; empty if none does */
  module: string;
  /** of its routine, in that file; null if only gdb shows the thread */
  address: number | null;
  /** outermost first, from its routine on; null if gdb did not get that far */
  frames: Frame[] | null;
}

/** A program under test, which runs until the test ends. */
export interface Running {
  pid: number;
  /** `shown`: each pthread that gdb or the listener shows; `others`: tids of the other threads that gdb sees */
  truths(): Promise<{ shown: Truth[]; others: number[] }>;
}

export interface Start {
  command: readonly string[];
  environment?: NodeJS.ProcessEnv;
  /** stop the program once so many threads have run for a while, because its threads come and go */
  stoppedAt?: number;
  /** the library that listens to pthread_create; a musl program needs one built for musl */
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

/** Starts a program, and records its calls of pthread_create if it is linked dynamically. */
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
    } while (!allAtWork(pid, stoppedAt, asleep)); // a thread that has just started would stay where it is
  }
  return {
    pid,
    async truths() {
      const stacks = await stacksByGdb(pid);
      const called = calledFor(calls, pid);
      const mapped = parseMaps(readFileSync(`/proc/${pid}/maps`, 'utf8'));
      const shown = [...stacks].flatMap(([tid, stack]) => {
        const frames = startedWith(stack);
        const call = called.get(tid);
        if (!call && !frames) return [];
        const module = call ? fileAt(mapped, call.inProcess) : frames![0]!.module;
        return [{ tid, module, address: call?.inFile ?? null, frames }];
      });
      return { shown, others: [...stacks.keys()].filter(tid => !shown.some(truth => truth.tid === tid)) };
    },
  };
}

/**
 * Whether there are so many threads, and each has run for a millisecond or was seen asleep before.
 * @param asleep threads that were; on a busy machine a pool may go to sleep after having run only briefly
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

/** The lines of test/fixtures/owners/observers/tell_pthreads.c; for a reused tid, the last one. */
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
