import { fork, type ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { stat } from 'node:fs/promises';
import { BroadcastChannel, Worker, type WorkerOptions } from 'node:worker_threads';
import { equal, formatCpulist, type Cpuset } from '../../core/cpuset.js';
import type { WorkerMemory } from '../../core/machine/memory-node.js';
import { GovernorError } from '../../errors.js';
import { startPreferring } from '../machine/memory-policy.js';
import { readThreads } from '../processes/processes.js';
import { startPinned } from '../processes/affinity.js';

/** What the user's code is given. */
export interface WorkerSetup {
  argv?: readonly string[] | undefined;
  execArgv?: readonly string[] | undefined;
  env: NodeJS.ProcessEnv;
  /** worker threads only */
  workerData?: unknown;
  /** of each worker the NUMA node whose memory it should prefer */
  memoryNodes: readonly (number | null)[];
}

export interface StartedThread {
  kind: 'thread';
  worker: Worker;
  tid: number;
  memory: WorkerMemory;
}

export interface StartedProcess {
  kind: 'process';
  process: ChildProcess;
  pid: number;
  memory: WorkerMemory;
}

/** A preload's word that its thread is pinned. */
interface Pinned {
  index: number;
  tid: number;
  affinity: Cpuset;
  memory: WorkerMemory;
}

const PRELOAD = new URL('./worker-preload.js', import.meta.url).href;
/** Milliseconds between asking a process to end and ending it. */
const GRACE = 5000;

/**
 * The libuv pool belongs to the process and starts at first use. Were that in a pinned worker, all pool threads
 * would inherit its one CPU for ever.
 */
export async function startLibuvPool(): Promise<void> {
  await stat('/').catch(() => undefined);
}

/**
 * Starts one worker thread for each place, each pinned before its user's code runs. That waits until all are pinned, so
 * that nothing of it is missed by whoever gets the workers, and nothing of it runs where one pin does not hold.
 */
export async function startThreads(
  script: string | URL,
  places: readonly Cpuset[],
  setup: WorkerSetup,
): Promise<StartedThread[]> {
  const name = `thread-governor ${randomUUID()}`;
  const channel = new BroadcastChannel(`${name} pinned`);
  const go = new BroadcastChannel(`${name} go`);
  const pinned: Pinned[] = [];
  const waiting = new Map<number, () => void>();
  channel.onmessage = event => {
    const word = (event as { data: Pinned }).data;
    pinned[word.index] = word;
    waiting.get(word.index)?.();
  };
  const workers: Worker[] = [];
  try {
    await Promise.all(
      places.map((cpus, index) => {
        const node = setup.memoryNodes[index] ?? null;
        const query = new URLSearchParams({ cpus: formatCpulist(cpus), index: String(index), channel: name });
        if (node !== null) query.set('memory', String(node));
        const options: WorkerOptions = {
          argv: [...(setup.argv ?? [])],
          env: setup.env,
          workerData: setup.workerData,
          execArgv: [...(setup.execArgv ?? process.execArgv), '--import', `${PRELOAD}?${query}`],
        };
        const worker = new Worker(script, options);
        workers.push(worker);
        return new Promise<void>((resolve, reject) => {
          const fail = (error: Error) => reject(failed(index, error.message, error));
          const end = (code: number) =>
            pinned[index] ? resolve() : reject(failed(index, `it ended with status ${code} before it was pinned`));
          waiting.set(index, () => {
            worker.off('error', fail).off('exit', end);
            resolve();
          });
          worker.once('error', fail).once('exit', end);
        });
      }),
    );
    places.forEach((cpus, index) => requireHeld(index, cpus, [pinned[index]!.affinity]));
    go.postMessage('go');
    return workers.map((worker, index) => ({
      kind: 'thread',
      worker,
      tid: pinned[index]!.tid,
      memory: pinned[index]!.memory,
    }));
  } catch (error) {
    await Promise.all(workers.map(worker => worker.terminate()));
    throw error;
  } finally {
    channel.close();
    go.close();
  }
}

/** Starts one Node process for each place, pinned from its first instruction; in one turn, so that no message is missed. */
export async function startProcesses(
  script: string | URL,
  places: readonly Cpuset[],
  setup: WorkerSetup,
): Promise<StartedProcess[]> {
  const started: StartedProcess[] = [];
  try {
    for (const [index, cpus] of places.entries()) {
      const options = { env: setup.env, execArgv: [...(setup.execArgv ?? process.execArgv)] };
      const { started: child, memory } = forked(index, () =>
        startPinned(cpus, () =>
          startPreferring(setup.memoryNodes[index] ?? null, () => fork(script, [...(setup.argv ?? [])], options)),
        ),
      );
      if (child.pid === undefined) {
        child.once('error', () => undefined);
        throw failed(index, 'the process could not be started');
      }
      started.push({ kind: 'process', process: child, pid: child.pid, memory });
      requireHeld(
        index,
        cpus,
        readThreads(child.pid).map(thread => thread.affinity ?? cpus),
      );
    }
    return started;
  } catch (error) {
    await Promise.all(
      started.map(({ process: child }) => {
        child.kill('SIGKILL');
        return once(child, 'exit');
      }),
    );
    throw error;
  }
}

export async function endThread({ worker }: StartedThread): Promise<void> {
  await worker.terminate();
}

/** Asks a process to end, and ends it where it does not. */
export async function endProcess({ process: child }: StartedProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = once(child, 'exit');
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), GRACE);
  await exit.finally(() => clearTimeout(timer));
}

function forked<T>(index: number, start: () => T): T {
  try {
    return start();
  } catch (error) {
    throw failed(index, (error as Error).message, error);
  }
}

function requireHeld(index: number, cpus: Cpuset, held: readonly Cpuset[]): void {
  const other = held.find(affinity => !equal(affinity, cpus));
  if (other)
    throw new GovernorError(
      'PIN_NOT_HELD',
      `worker ${index}: pinned to CPUs ${formatCpulist(cpus)}, but a thread of it may use ${formatCpulist(other)}`,
    );
}

function failed(index: number, why: string, cause?: unknown): GovernorError {
  const code =
    cause instanceof Error && (cause as { code?: unknown }).code === 'PIN_NOT_HELD' ? 'PIN_NOT_HELD' : 'WORKER_FAILED';
  return new GovernorError(code, `worker ${index}: ${why}`, { cause });
}
