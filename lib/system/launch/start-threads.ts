import { randomUUID } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { BroadcastChannel, Worker, type WorkerOptions } from 'node:worker_threads';
import { formatCpulist, type Cpuset } from '../../core/cpuset.js';
import type { WorkerMemory } from '../../core/machine/memory-node.js';
import { requireHeld, workerFailed, type WorkerSetup } from './worker-setup.js';

/** A worker thread as it was started. */
export interface StartedThread {
  /** distinguishes it from a worker process */
  kind: 'thread';
  /** Node's handle, with a channel for messages */
  worker: Worker;
  /** the OS's number of the thread; Node's own `threadId` is another one */
  tid: number;
  /** whether it prefers the memory of its NUMA node */
  memory: WorkerMemory;
}

/** The message of a worker's preload: its thread is pinned. */
interface PinReport {
  index: number;
  tid: number;
  affinity: Cpuset;
  memory: WorkerMemory;
}

const PRELOAD = new URL('./worker-preload.js', import.meta.url).href;

/**
 * The libuv pool belongs to the process and starts at its first use. If a pinned worker used it first, all threads of
 * the pool would inherit that worker's CPU for ever.
 */
export async function startLibuvPool(): Promise<void> {
  await stat('/').catch(() => undefined);
}

/**
 * Starts one worker thread for each place, and pins each before its user's code runs. That code waits until all threads
 * are pinned, so the caller misses no message, and none of it runs if one pin fails.
 */
export async function startThreads(
  script: string | URL,
  places: readonly Cpuset[],
  setup: WorkerSetup,
): Promise<StartedThread[]> {
  const name = `thread-governor ${randomUUID()}`;
  const channel = new BroadcastChannel(`${name} pinned`);
  const go = new BroadcastChannel(`${name} go`);
  const reports: PinReport[] = [];
  const waiting = new Map<number, () => void>();
  channel.onmessage = event => {
    const report = (event as { data: PinReport }).data;
    reports[report.index] = report;
    waiting.get(report.index)?.();
  };
  const workers: Worker[] = [];
  const { signal } = setup;
  let abort = () => {};
  const aborted = new Promise<never>((_, reject) => {
    abort = () => reject(signal?.reason);
  });
  signal?.addEventListener('abort', abort);
  try {
    const pinned = Promise.all(
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
          const fail = (error: Error) => reject(workerFailed(index, error.message, error));
          const end = (code: number) =>
            reports[index]
              ? resolve()
              : reject(workerFailed(index, `it ended with status ${code} before it was pinned`));
          waiting.set(index, () => {
            worker.off('error', fail).off('exit', end);
            resolve();
          });
          worker.once('error', fail).once('exit', end);
        });
      }),
    );
    await Promise.race([pinned, aborted]);
    places.forEach((cpus, index) => requireHeld(index, cpus, [reports[index]!.affinity]));
    go.postMessage('go');
    return workers.map((worker, index) => {
      const { tid, memory } = reports[index]!;
      return { kind: 'thread', worker, tid, memory };
    });
  } catch (error) {
    await Promise.all(workers.map(worker => worker.terminate()));
    throw error;
  } finally {
    signal?.removeEventListener('abort', abort);
    channel.close();
    go.close();
  }
}

export async function endThread({ worker }: StartedThread): Promise<void> {
  await worker.terminate();
}
