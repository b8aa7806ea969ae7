import { computeBudget, type Budget, type BudgetOptions } from '../core/budget.js';
import { formatCpulist, type Cpuset } from '../core/cpuset.js';
import { cpusNear, type Near } from '../core/gpu.js';
import { memoryNode } from '../core/memory-node.js';
import { places as placesOf, type PlacementOptions } from '../core/placement.js';
import { threadEnvironment } from '../core/thread-variables.js';
import { badInput } from '../errors.js';
import { REFUSED_MEMORY } from '../report/warnings.js';
import { readHost } from '../system/host.js';
import { usableMemoryNodes } from '../system/memory-policy.js';
import { endProcess, endThread, startLibuvPool, startProcesses, startThreads, type StartedProcess, type StartedThread } from '../system/workers.js';

export interface PinWorkersOptions extends BudgetOptions, Pick<PlacementOptions, 'policy'> {
  /** worker threads of this process, or Node processes with a channel (child_process.fork); default `thread` */
  kind?: 'thread' | 'process' | undefined;
  /** the cpuset of each worker; default: by the budget */
  places?: readonly Cpuset[] | undefined;
  /** `gpu`: worker i gets CPUs that are local to GPU i, modulo the number of GPUs, while there are any free */
  near?: Near | undefined;
  /** arguments of the script */
  argv?: readonly string[] | undefined;
  /** Node's options; default: this process's */
  execArgv?: readonly string[] | undefined;
  /** variables on top of this process's and the governed ones */
  env?: Readonly<Record<string, string>> | undefined;
  /** worker threads only */
  workerData?: unknown;
}

interface Placed {
  /** 0 … workers − 1 */
  index: number;
  /** CPUs that the worker was pinned to, as read back */
  place: Cpuset;
}

export type PinnedThread = StartedThread & Placed;
export type PinnedProcess = StartedProcess & Placed;

export interface PinnedWorkers<W extends PinnedThread | PinnedProcess = PinnedThread | PinnedProcess> extends AsyncDisposable {
  workers: readonly W[];
  budget: Budget;
  /** ends all workers and waits until they have ended */
  close(): Promise<void>;
}

/**
 * Starts the budgeted number of workers, each pinned to a place of its own before the script runs, and reads every pin back.
 *
 * The governed variables (`OMP_NUM_THREADS` and the like) are set for the workers. Worker threads share this process's
 * environment as native libraries see it, so with `kind: 'thread'` they are set in `process.env` too; a value that is
 * there already stays.
 * @param script as `new Worker` and `child_process.fork` take it
 * @throws GovernorError BAD_INPUT; PIN_NOT_HELD where the kernel gave a worker other CPUs; WORKER_FAILED. Nothing is left running then.
 */
export function pinWorkers(script: string | URL, options?: PinWorkersOptions & { kind?: 'thread' | undefined }): Promise<PinnedWorkers<PinnedThread>>;
export function pinWorkers(script: string | URL, options: PinWorkersOptions & { kind: 'process' }): Promise<PinnedWorkers<PinnedProcess>>;
export async function pinWorkers(script: string | URL, options: PinWorkersOptions = {}): Promise<PinnedWorkers> {
  const kind = options.kind ?? 'thread';
  if (kind !== 'thread' && kind !== 'process') throw badInput('kind', kind, "'thread' or 'process'");
  const host = readHost();
  const budget = computeBudget(host, { ...options, workers: options.workers ?? options.places?.length }, process.env);
  const near = cpusNear(options.near, host);
  if (near && options.places) throw badInput('near', options.near, 'either near or places');
  const places = options.places ?? placesOf(host, budget, budget.workers, { policy: options.policy, prefer: near });
  validatePlaces(places, budget.workers);

  const variables = threadEnvironment({ workers: budget.workers, threads: budget.threadsPerWorker }, { ...process.env, ...options.env }).set;
  const withMemory = usableMemoryNodes();
  const setup = {
    memoryNodes: places.map(cpus => memoryNode(host, cpus, withMemory)),
    argv: options.argv, execArgv: options.execArgv, workerData: options.workerData,
    env: { ...process.env, ...variables, ...options.env },
  };
  if (kind === 'process') {
    const started = await startProcesses(script, places, setup);
    return pool(place(started, places), budget, endProcess);
  }
  await startLibuvPool();
  Object.assign(process.env, variables);
  const started = await startThreads(script, places, setup);
  return pool(place(started, places), budget, endThread);
}

function place<S extends object>(started: readonly S[], places: readonly Cpuset[]): (S & Placed)[] {
  return started.map((worker, index) => ({ ...worker, index, place: places[index]! }));
}

function pool<W extends PinnedThread | PinnedProcess>(workers: readonly W[], budget: Budget, end: (worker: W) => Promise<void>): PinnedWorkers<W> {
  if (workers.some(worker => worker.memory === 'refused')) warnOnce(REFUSED_MEMORY);
  const close = async () => {
    await Promise.all(workers.map(end));
  };
  return { workers, budget, close, [Symbol.asyncDispose]: close };
}

let warned = false;

/** As Node's other warnings: told on stderr, and to listeners of `warning`; `--disable-warning=GOVERNOR_MEMORY` switches it off. */
function warnOnce(text: string): void {
  if (!warned) process.emitWarning(text, { type: 'GovernorWarning', code: 'GOVERNOR_MEMORY' });
  warned = true;
}

function validatePlaces(places: readonly Cpuset[], workers: number): void {
  if (places.length !== workers) throw badInput('places', places.map(formatCpulist), `one for each of ${workers} workers`);
  for (const cpus of places) {
    if (cpus.length === 0 || !cpus.every((cpu, i) => Number.isInteger(cpu) && cpu >= 0 && (i === 0 || cpu > cpus[i - 1]!))) {
      throw badInput('places', cpus, 'CPU numbers, ascending');
    }
  }
}
