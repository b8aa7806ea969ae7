import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import type { Cpuset } from '../../core/cpuset.js';
import type { WorkerMemory } from '../../core/machine/memory-node.js';
import { startPreferring } from '../machine/memory-policy.js';
import { startPinned } from '../processes/affinity.js';
import { readThreads } from '../processes/processes.js';
import { requireHeld, workerFailed, type WorkerSetup } from './worker-setup.js';

/** A worker process as it was started. */
export interface StartedProcess {
  /** distinguishes it from a worker thread */
  kind: 'process';
  /** Node's handle, with a channel for messages */
  process: ChildProcess;
  /** its pid */
  pid: number;
  /** whether it prefers the memory of its NUMA node */
  memory: WorkerMemory;
}

/** How long a process may take to end after SIGTERM. */
const KILL_AFTER_MS = 5000;

/**
 * Starts one Node process for each place, pinned from its first instruction. All start in one turn of the event loop,
 * so the caller misses no message.
 */
export async function startProcesses(
  script: string | URL,
  places: readonly Cpuset[],
  setup: WorkerSetup,
): Promise<StartedProcess[]> {
  const started: StartedProcess[] = [];
  const forks: ChildProcess[] = []; // also one whose start has failed in the end
  try {
    for (const [index, cpus] of places.entries()) {
      const options = { env: setup.env, execArgv: [...(setup.execArgv ?? process.execArgv)] };
      const { started: child, memory } = forked(index, () =>
        startPinned(cpus, () =>
          startPreferring(setup.memoryNodes[index] ?? null, () => {
            const child = fork(script, [...(setup.argv ?? [])], options);
            forks.push(child);
            return child;
          }),
        ),
      );
      if (child.pid === undefined) {
        throw workerFailed(index, 'the process could not be started');
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
    await Promise.all(forks.map(killed));
    throw error;
  }
}

async function killed(child: ChildProcess): Promise<void> {
  if (child.pid === undefined) return void child.once('error', () => undefined);
  child.kill('SIGKILL');
  await once(child, 'exit');
}

function forked<T>(index: number, start: () => T): T {
  try {
    return start();
  } catch (error) {
    throw workerFailed(index, (error as Error).message, error);
  }
}

/** Asks a process to end, and kills it if it does not. */
export async function endProcess({ process: child }: StartedProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = once(child, 'exit');
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), KILL_AFTER_MS);
  await exit.finally(() => clearTimeout(timer));
}
