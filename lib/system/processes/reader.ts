import { readFileSync } from 'node:fs';
import { Socket } from 'node:net';
import type { ReaderRecord, ReadLimits, ReadRequest } from '../../core/processes/records.js';
import { isOsError, native } from '../native.js';
import { ifReadable } from '../os-errors.js';
import { isLimit, limitReached } from '../process-limit.js';

/** What a reading of other processes may use up: a process can make its files and its memory expensive to read. */
export const READ_LIMITS: ReadLimits = { cpuMs: 4000, bytes: 2 ** 30, memory: 2 ** 30 };

const NOTHING_ASKED = {
  stack: { pid: 0, address: 0, most: 0 },
  paths: [],
  followLinks: false,
  threads: [],
  variables: [],
  pools: [],
  changes: [],
};

/** Why a reader did not read all: it waited for something that does not answer, needed too much memory, or ended. */
export type Unread = 'ETIMEDOUT' | 'ENOMEM' | 'EIO';

/** One look at a reader that writes nothing, and the looks without any progress after which it is given up. */
const LOOK_MS = 250;
const LOOKS_WITHOUT_PROGRESS = 4;
/** What a reader writes last, and what that means. */
const LAST_LINES: Readonly<Record<string, Unread | null>> = { done: null, 'no memory': 'ENOMEM' };

/** Readers that are still ending: some hang in a system call, and the kernel ends them once that returns. */
const ending = new Set<number>();
const REAP_AFTER_MS = 10;

/** What is read apart. */
export type Question = Partial<Omit<ReadRequest, 'limits'>>;

/**
 * Reads other processes in a process that is killed and left behind if it waits in a system call for a second.
 * @param onAnswer called with each answer, parsed
 * @returns why not all was read; null: all was
 * @throws the signal's reason, at once; GovernorError LIMIT_REACHED
 */
export async function readApart(
  question: Question,
  onAnswer: (answer: unknown) => void,
  signal?: AbortSignal,
): Promise<Unread | null> {
  signal?.throwIfAborted();
  reap();
  const { pid, output } = await started({ ...NOTHING_ASKED, ...question, limits: READ_LIMITS });
  const socket = new Socket({ fd: output, readable: true, writable: false });
  return new Promise((resolve, reject) => {
    let rest: Buffer[] = [];
    let progress = true;
    let before = '';
    let looks = 0;
    const end = (settle: () => void) => {
      clearInterval(timer);
      signal?.removeEventListener('abort', abort);
      socket.destroy();
      ifReadable(() => process.kill(pid, 'SIGKILL'), false);
      ending.add(pid);
      setTimeout(reap, REAP_AFTER_MS).unref();
      settle();
    };
    const abort = () => end(() => reject(signal!.reason as Error));
    const timer = setInterval(() => {
      const now = ifReadable(() => stateOf(pid), '');
      looks = progress || now !== before || now.startsWith('R') ? 0 : looks + 1;
      [progress, before] = [false, now];
      if (looks === LOOKS_WITHOUT_PROGRESS) end(() => resolve('ETIMEDOUT'));
    }, LOOK_MS);
    const onLine = (line: string) => {
      const last = LAST_LINES[line];
      if (last === undefined) onAnswer(JSON.parse(line));
      else end(() => resolve(last));
    };
    signal?.addEventListener('abort', abort);
    if (signal?.aborted) return abort(); // while it was started
    socket.on('data', (chunk: Buffer) => {
      progress = true;
      let from = 0;
      for (let at = chunk.indexOf(10); at >= 0; at = chunk.indexOf(10, from)) {
        onLine(Buffer.concat([...rest, chunk.subarray(from, at)]).toString());
        rest = [];
        from = at + 1;
      }
      if (from < chunk.length) rest.push(chunk.subarray(from));
    });
    socket.on('error', () => undefined); // its end follows
    socket.on('end', () => end(() => resolve('EIO')));
  });
}

/** Reaps the readers that have ended. */
function reap(): void {
  for (const pid of ending) {
    const status = ifReadable(() => native.reapReader(pid), 0); // somebody else may have reaped it
    if (status >= 0) ending.delete(pid);
  }
}

async function started(request: ReadRequest): Promise<ReaderRecord> {
  try {
    return await native.startReader(request);
  } catch (error) {
    if (!isOsError(error) || !isLimit(error.errno)) throw error;
    throw limitReached('the process that reads other processes', error.errno, native, error);
  }
}

/** Its state, and the clock ticks of CPU time that it has used (proc_pid_stat(5)). */
function stateOf(pid: number): string {
  const text = readFileSync(`/proc/${pid}/stat`, 'latin1');
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' '); // begins with the third field
  return [fields[0], fields[11], fields[12]].join(' ');
}
