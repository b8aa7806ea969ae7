import type { Budget } from '../core/budget/budget.js';
import { marked, workerEnvironment } from '../core/budget/thread-environment.js';
import { placeRequest, type PlaceOptions } from '../core/claims/place-request.js';
import type { Cpuset } from '../core/cpuset.js';
import type { RunWarning } from '../core/launch/run-warning.js';
import { memoryNode } from '../core/machine/memory-node.js';
import { badInput } from '../errors.js';
import { refusedMemory, runWarning } from '../report/warnings.js';
import { readHost } from '../system/machine/host.js';
import type { Claim } from '../system/claims/ledger.js';
import { usableMemoryNodes } from '../system/machine/memory-policy.js';
import { withOwnErrors } from '../system/os-errors.js';
import { endProcess, startProcesses, type StartedProcess } from '../system/launch/start-processes.js';
import { endThread, startLibuvPool, startThreads, type StartedThread } from '../system/launch/start-threads.js';
import type { WaitOptions } from '../runtime/claim-in-turn.js';
import { claimPlaces, type ClaimedPlaces } from '../runtime/claim-places.js';
import { hostNear } from '../runtime/near-gpus.js';

/** How many workers `pinWorkers` starts, of which kind, on which CPUs, and with what. */
export interface PinWorkersOptions extends PlaceOptions, WaitOptions {
  /**
   * `thread`: worker threads of this process; `process`: Node processes with a channel, as `child_process.fork` starts
   * them; default `thread`
   */
  kind?: 'thread' | 'process' | undefined;
  /**
   * the cpuset of each worker, CPUs ascending: there are as many workers as places; cannot be used together with
   * `near`; default: chosen by the budget
   */
  places?: readonly Cpuset[] | undefined;
  /** ignore the claims of others, and claim nothing; default false */
  share?: boolean | undefined;
  /** names of governed variables that are left as they are; default: none */
  except?: readonly string[] | undefined;
  /** arguments of the script; default: none */
  argv?: readonly string[] | undefined;
  /** options of Node itself; default: this process's */
  execArgv?: readonly string[] | undefined;
  /** variables that win over this process's and over those that the budget sets; default: none */
  env?: Readonly<Record<string, string>> | undefined;
  /** what worker threads find in `workerData`; processes do not get it; default: nothing */
  workerData?: unknown;
}

/** Which worker of a pool it is, and its CPUs. */
export interface WorkerPlace {
  /** 0 to the number of workers − 1 */
  index: number;
  /** CPUs that the worker was pinned to, as read back from the kernel */
  place: Cpuset;
}

/** A worker thread of a pool, and the CPUs that it is pinned to. */
export type PinnedThread = StartedThread & WorkerPlace;
/** A worker process of a pool, and the CPUs that it is pinned to. */
export type PinnedProcess = StartedProcess & WorkerPlace;

/**
 * Pinned workers, and the budget that they were started by.
 * @typeParam W worker threads or worker processes
 */
export interface PinnedWorkers<W extends PinnedThread | PinnedProcess = PinnedThread | PinnedProcess>
  extends AsyncDisposable {
  /** by their index */
  workers: readonly W[];
  /** how many workers, how many threads each, and why */
  budget: Budget;
  /**
   * Ends all workers, waits until they have ended, and gives their CPUs back. Threads are terminated; processes get
   * SIGTERM, and SIGKILL after 5 seconds. `await using` does the same.
   */
  close(): Promise<void>;
}

/**
 * Starts as many workers as the budget says. Each is pinned to its own CPUs before the script runs, and every pin is
 * read back. The CPUs of their places are claimed until `close()`, or until this process ends. A second call counts as
 * somebody else: it gets other CPUs, waits for them with `wait`, or fails with CPUS_TAKEN.
 *
 * Workers get the thread variables of the budget, such as `OMP_NUM_THREADS`. Worker threads share the environment of
 * this process as native libraries see it, so with `kind: 'thread'` the variables are set in `process.env` too; values
 * that are set already stay.
 *
 * If something is not as planned, there is a process warning of type `GovernorWarning`, at most one of each code:
 * `GOVERNOR_MEMORY` if the kernel refuses a worker the memory of its NUMA node, `GOVERNOR_LEDGER` if no claim can be
 * made, `GOVERNOR_GPUS` if it is unknown which GPUs the workers can use, so that `near` counts all of them.
 *
 * After the start, watching the workers is up to the caller: as with any `Worker`, a thread's `error` event without
 * a listener ends this process.
 * @param script as `new Worker` and `child_process.fork` take it: a path, or a `file:` URL
 * @param options default: as many worker threads as the budget says
 * @throws GovernorError BAD_INPUT, CPUS_TAKEN, HOST_UNREADABLE, LEDGER_LOCKED; PIN_NOT_HELD if the kernel gave a worker
 * other CPUs; WORKER_FAILED if a worker ended before it was pinned. Nothing is left running or claimed then.
 * @throws the signal's reason if `signal` is aborted before the workers have started
 */
export function pinWorkers(
  script: string | URL,
  options?: PinWorkersOptions & { kind?: 'thread' | undefined },
): Promise<PinnedWorkers<PinnedThread>>;
export function pinWorkers(
  script: string | URL,
  options: PinWorkersOptions & { kind: 'process' },
): Promise<PinnedWorkers<PinnedProcess>>;
export function pinWorkers(script: string | URL, options: PinWorkersOptions = {}): Promise<PinnedWorkers> {
  return withOwnErrors(startWorkers(script, options));
}

async function startWorkers(script: string | URL, options: PinWorkersOptions): Promise<PinnedWorkers> {
  const { kind = 'thread', near, places, share, wait, onWait, signal } = options;
  signal?.throwIfAborted();
  if (kind !== 'thread' && kind !== 'process') throw badInput('kind', kind, "'thread' or 'process'");
  if (near && places) throw badInput('near', near, 'either near or places');
  const look = () => hostNear(readHost(), near, { ...process.env, ...options.env }, onWarning);
  const request = placeRequest(options, process.env, places ?? 'each');
  const command = `pinWorkers ${String(script)}`;
  const claimed = await claimPlaces(look, request, { share, wait, onWait, signal, onWarning, command });
  try {
    return await startPool(script, kind, claimed, options);
  } catch (error) {
    claimed.claim?.close();
    throw error;
  }
}

async function startPool(
  script: string | URL,
  kind: 'thread' | 'process',
  { host, budget, places, claim, variables: inside }: ClaimedPlaces,
  options: PinWorkersOptions,
): Promise<PinnedWorkers> {
  const before = { ...process.env, ...options.env };
  const variables = marked(workerEnvironment(budget.threadsPerWorker, before, { except: options.except }).set, before);
  const withMemory = usableMemoryNodes();
  const setup = {
    memoryNodes: places.map(cpus => memoryNode(host, cpus, withMemory)),
    argv: options.argv,
    execArgv: options.execArgv,
    workerData: options.workerData,
    signal: options.signal,
    env: { ...process.env, ...variables, ...inside, ...options.env },
  };
  if (kind === 'process') {
    const started = await startProcesses(script, places, setup);
    return pool(withPlaces(started, places), budget, claim, endProcess);
  }
  await startLibuvPool();
  Object.assign(process.env, variables);
  const started = await startThreads(script, places, setup);
  return pool(withPlaces(started, places), budget, claim, endThread);
}

function withPlaces<S extends object>(started: readonly S[], places: readonly Cpuset[]): (S & WorkerPlace)[] {
  return started.map((worker, index) => ({ ...worker, index, place: places[index]! }));
}

function pool<W extends PinnedThread | PinnedProcess>(
  workers: readonly W[],
  budget: Budget,
  claim: Claim | null,
  end: (worker: W) => Promise<void>,
): PinnedWorkers<W> {
  if (workers.some(worker => worker.memory === 'refused')) warnOnce('GOVERNOR_MEMORY', refusedMemory('workers'));
  const close = async () => {
    await Promise.all(workers.map(end));
    claim?.close();
  };
  return { workers, budget, close, [Symbol.asyncDispose]: close };
}

function onWarning(warning: RunWarning): void {
  warnOnce(warning.kind === 'gpus-unresolved' ? 'GOVERNOR_GPUS' : 'GOVERNOR_LEDGER', runWarning(warning));
}

const warned = new Set<string>();

/** A warning of Node's: on stderr, and for listeners of `warning`; `--disable-warning=CODE` switches it off. */
function warnOnce(code: 'GOVERNOR_MEMORY' | 'GOVERNOR_LEDGER' | 'GOVERNOR_GPUS', text: string): void {
  if (!warned.has(code)) process.emitWarning(text, { type: 'GovernorWarning', code });
  warned.add(code);
}
