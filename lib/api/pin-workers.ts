import { computeBudget, type Budget, type BudgetOptions } from '../core/budget/budget.js';
import { formatCpulist, type Cpuset } from '../core/cpuset.js';
import { cpusNear, type NearDevice } from '../core/machine/gpu.js';
import { memoryNode } from '../core/machine/memory-node.js';
import { places as placesOf, type PlacementOptions } from '../core/placement/places.js';
import { threadEnvironment } from '../core/budget/thread-variables.js';
import { badInput } from '../errors.js';
import { notClaimed, REFUSED_MEMORY, runWarning } from '../report/warnings.js';
import { readHost } from '../system/machine/host.js';
import type { Claim } from '../system/claims/ledger.js';
import { usableMemoryNodes } from '../system/machine/memory-policy.js';
import {
  endProcess,
  endThread,
  startLibuvPool,
  startProcesses,
  startThreads,
  type StartedProcess,
  type StartedThread,
} from '../system/launch/start-workers.js';
import { claimPlaces, type ClaimedPlaces } from '../runtime/claim-places.js';
import { hostNear } from '../runtime/near-gpus.js';

export interface PinWorkersOptions extends BudgetOptions, Pick<PlacementOptions, 'policy'> {
  /** worker threads of this process, or Node processes with a channel (child_process.fork); default `thread` */
  kind?: 'thread' | 'process' | undefined;
  /** the cpuset of each worker; default: by the budget */
  places?: readonly Cpuset[] | undefined;
  /** `gpu`: worker i gets CPUs that are local to the i-th GPU that it sees, modulo their number, while there are any free */
  near?: NearDevice | undefined;
  /** neither claim the places nor mind what others have claimed; default false */
  share?: boolean | undefined;
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

export interface PinnedWorkers<W extends PinnedThread | PinnedProcess = PinnedThread | PinnedProcess>
  extends AsyncDisposable {
  workers: readonly W[];
  budget: Budget;
  /** ends all workers, waits until they have ended, and gives their CPUs back */
  close(): Promise<void>;
}

/**
 * Starts the budgeted number of workers, each pinned to a place of its own before the script runs, and reads every pin back.
 *
 * The governed variables (`OMP_NUM_THREADS` and the like) are set for the workers. Worker threads share this process's
 * environment as native libraries see it, so with `kind: 'thread'` they are set in `process.env` too; a value that is
 * there already stays.
 * @param script as `new Worker` and `child_process.fork` take it
 * The CPUs of their places are claimed, and none that somebody else has claimed is taken; a second call counts as
 * somebody else.
 * @throws GovernorError BAD_INPUT; CPUS_TAKEN; PIN_NOT_HELD where the kernel gave a worker other CPUs; WORKER_FAILED. Nothing is left running then.
 */
export function pinWorkers(
  script: string | URL,
  options?: PinWorkersOptions & { kind?: 'thread' | undefined },
): Promise<PinnedWorkers<PinnedThread>>;
export function pinWorkers(
  script: string | URL,
  options: PinWorkersOptions & { kind: 'process' },
): Promise<PinnedWorkers<PinnedProcess>>;
export async function pinWorkers(script: string | URL, options: PinWorkersOptions = {}): Promise<PinnedWorkers> {
  const kind = options.kind ?? 'thread';
  if (kind !== 'thread' && kind !== 'process') throw badInput('kind', kind, "'thread' or 'process'");
  const { near } = options;
  if (near && options.places) throw badInput('near', near, 'either near or places');
  const whole = hostNear(readHost(), near, { ...process.env, ...options.env }, warning =>
    warnOnce('GOVERNOR_GPUS', runWarning(warning)),
  );
  const claimed = await claimPlaces(whole, {
    share: options.share,
    command: `pinWorkers ${String(script)}`,
    avoid: near === undefined,
    fixed: options.places !== undefined,
    budget: host =>
      computeBudget(host, { ...options, workers: options.workers ?? options.places?.length }, process.env),
    places: (host, budget) => {
      const places =
        options.places ??
        placesOf(host, budget, budget.workers, { policy: options.policy, prefer: cpusNear(near, host) });
      validatePlaces(places, budget.workers);
      return [...places];
    },
    onUnusable: reason => warnOnce('GOVERNOR_LEDGER', notClaimed(reason)),
  });
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
  const variables = threadEnvironment(
    { workers: budget.workers, threads: budget.threadsPerWorker },
    { ...process.env, ...options.env },
  ).set;
  const withMemory = usableMemoryNodes();
  const setup = {
    memoryNodes: places.map(cpus => memoryNode(host, cpus, withMemory)),
    argv: options.argv,
    execArgv: options.execArgv,
    workerData: options.workerData,
    env: { ...process.env, ...variables, ...inside, ...options.env },
  };
  if (kind === 'process') {
    const started = await startProcesses(script, places, setup);
    return pool(place(started, places), budget, claim, endProcess);
  }
  await startLibuvPool();
  Object.assign(process.env, variables);
  const started = await startThreads(script, places, setup);
  return pool(place(started, places), budget, claim, endThread);
}

function place<S extends object>(started: readonly S[], places: readonly Cpuset[]): (S & Placed)[] {
  return started.map((worker, index) => ({ ...worker, index, place: places[index]! }));
}

function pool<W extends PinnedThread | PinnedProcess>(
  workers: readonly W[],
  budget: Budget,
  claim: Claim | null,
  end: (worker: W) => Promise<void>,
): PinnedWorkers<W> {
  if (workers.some(worker => worker.memory === 'refused')) warnOnce('GOVERNOR_MEMORY', REFUSED_MEMORY);
  const close = async () => {
    await Promise.all(workers.map(end));
    claim?.close();
  };
  return { workers, budget, close, [Symbol.asyncDispose]: close };
}

const warned = new Set<string>();

/** As Node's other warnings: told on stderr, and to listeners of `warning`; `--disable-warning=CODE` switches it off. */
function warnOnce(code: 'GOVERNOR_MEMORY' | 'GOVERNOR_LEDGER' | 'GOVERNOR_GPUS', text: string): void {
  if (!warned.has(code)) process.emitWarning(text, { type: 'GovernorWarning', code });
  warned.add(code);
}

function validatePlaces(places: readonly Cpuset[], workers: number): void {
  if (places.length !== workers)
    throw badInput('places', places.map(formatCpulist), `one for each of ${workers} workers`);
  for (const cpus of places) {
    if (
      cpus.length === 0 ||
      !cpus.every((cpu, i) => Number.isInteger(cpu) && cpu >= 0 && (i === 0 || cpu > cpus[i - 1]!))
    ) {
      throw badInput('places', cpus, 'CPU numbers, ascending');
    }
  }
}
