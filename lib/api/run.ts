import type { Budget } from '../core/budget/budget.js';
import type { Runtime } from '../core/budget/runtimes.js';
import { exportedVariables, type VariableExport } from '../core/budget/exports.js';
import { expectRuntime, nodePools, UNGOVERNED_NODE } from '../core/budget/runtime-threads.js';
import {
  marked,
  threadEnvironment,
  type KeptVariable,
  type ThreadEnvironment,
} from '../core/budget/thread-environment.js';
import { pinningVariables, threadCount } from '../core/budget/thread-variables.js';
import { budgetFor, placeRequest, type PlaceOptions } from '../core/claims/place-request.js';
import { hasJobserver, toolSizedByNproc } from '../core/launch/build-tools.js';
import { sparePlaces } from '../core/placement/spare-places.js';
import { union, type Cpuset } from '../core/cpuset.js';
import { allowedCpus, type Host } from '../core/machine/host.js';
import { readHost } from '../system/machine/host.js';
import type { Claim } from '../system/claims/ledger.js';
import { runtimeOfCommand, takesOptions } from '../system/launch/runtime.js';
import { startOf } from '../system/launch/start.js';
import type { WaitOptions } from '../runtime/claim-in-turn.js';
import { claimPlaces } from '../runtime/claim-places.js';
import type { LentTime } from '../core/lend/lent-time.js';
import { HeldPlaces } from '../runtime/held-places.js';
import { Lender } from '../runtime/lender.js';
import { hostNear } from '../runtime/near-gpus.js';
import { PinVerifier, type VerifyOptions } from '../runtime/pin-verifier.js';
import { checkSupervision } from '../runtime/check-supervision.js';
import { Supervision, type LaunchResult, type SupervisionOptions } from '../runtime/supervision.js';
import { withSafeCallbacks } from '../runtime/safe-callbacks.js';
import { warnOnce } from '../runtime/warn-once.js';
import { watchWorkers, type WatchedWorkers, type WorkerCallbacks } from '../runtime/watch-workers.js';
import { requireProgram } from './checks.js';

/**
 * How many places `run` keeps for the program's workers and on which CPUs, when the program is restarted or ended, when
 * its workers are verified, and what `run` reports meanwhile.
 */
export interface RunOptions extends PlaceOptions, SupervisionOptions, VerifyOptions, WaitOptions, WorkerCallbacks {
  /** ignore the claims of others, and claim nothing; default false */
  share?: boolean | undefined;
  /**
   * lend CPUs: workers and programs in Python use the CPUs that others of this user, under `lend` too, leave idle;
   * default false
   */
  lend?: boolean | undefined;
  /** called at the end of a run that lent CPUs */
  onLent?: ((lent: LentTime) => void) | undefined;
  /** names of governed variables that are left as they are; default: none */
  except?: readonly string[] | undefined;
  /** variables of the program itself, and what to set them to; default: none */
  exports?: readonly VariableExport[] | undefined;
  /**
   * called once, before the program starts; the run waits for the promise that it returns, and starts nothing if that
   * rejects
   */
  onPlan?: ((plan: RunPlan) => void | Promise<void>) | undefined;
}

/** What a run will do. */
export interface RunPlan {
  /** the machine, without the CPUs that others have claimed */
  host: Host;
  /** how many workers there are places for, how many threads each, and why */
  budget: Budget;
  /** the cpusets that workers get as they appear */
  places: readonly Cpuset[];
  /**
   * threads for a program that is one process whose own threads do all the work: a JVM, a Go program, or a compiled one
   * that needs OpenMP or a BLAS; null: a worker's threads, because it starts workers, or nobody knows
   */
  team: number | null;
  /** what is added to the program's environment */
  variables: Record<string, string>;
  /** variables that the user has set and that stay */
  kept: readonly KeptVariable[];
  /** variables of the user that make a library pin threads itself, perhaps outside their places */
  pinning: readonly { name: string; value: string }[];
}

/**
 * Runs a program with thread variables that fit the budget, and pins each worker that it starts to CPUs that no other
 * run or launch has claimed. The program has this process's stdin, stdout and stderr. Until it ends, signals that this
 * process gets (SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2, SIGWINCH, SIGCONT) go to the program instead.
 * Processes that the program leaves behind when it ends go on; if this process is killed, all of them are killed too.
 * @param command the program and its arguments; no shell is involved, and the program is looked up in PATH
 * @param options default: a place for each worker that the budget allows, verified once
 * @returns how the program ended, as rank 0; a program that fails is a result, not an error
 * @throws GovernorError BAD_INPUT, CPUS_TAKEN, COMMAND_NOT_FOUND, COMMAND_NOT_EXECUTABLE, HOST_UNREADABLE,
 * LEDGER_LOCKED, LIMIT_REACHED, NOT_PERMITTED, NOT_SUPPORTED
 * @throws the signal's reason if `signal` is aborted; what a callback throws
 */
export function run(command: readonly string[], options: RunOptions = {}): Promise<LaunchResult> {
  return withSafeCallbacks(options, safe => runSafely(command, safe));
}

async function runSafely(command: readonly string[], options: RunOptions): Promise<LaunchResult> {
  options.signal?.throwIfAborted();
  checkSupervision(options);
  requireProgram(command);
  const { share, wait, onWait, signal, timeout, onWarning } = options;
  const warn = warnOnce(onWarning);
  let countable = 0; // CPUs that the program counts if it asks the OS
  const look = () => {
    const host = hostNear(readHost(), options.near, process.env, warn);
    countable = allowedCpus(host).length;
    return host;
  };
  const request = placeRequest(options, process.env, 'distinct');
  const claimed = await claimPlaces(look, request, {
    share,
    wait,
    onWait,
    signal,
    timeout,
    onWarning,
    command: `governor run -- ${command.join(' ')}`,
  });
  const { host, places, claim } = claimed;
  let lender: Lender | null = null;
  try {
    const { cpuWorkers, threadsPerWorker } = claimed.budget;
    const by = runtimeOfCommand(command, process.env);
    const spare = options.reserve === undefined ? sparePlaces(host, claimed.budget, places) : [];
    if (options.lend) lender = new Lender({ places, spare, claimed: claim !== null });
    const room = { cpus: countable, workers: places.length + spare.length };
    const { threadsPerWorker: team } = budgetFor(host, { ...request, budget: { ...request.budget, workers: 1 } });
    const usual = options.workers === undefined && options.threadsPerWorker === undefined;
    const alone = usual && by.alone ? { runtime: by.runtime, threads: ownThreads(by.runtime, team) } : null;
    const choice = { except: options.except, runtime: takesOptions(by) ? by.runtime : null, room, alone };
    const chosen = threadEnvironment({ workers: cpuWorkers, threads: threadsPerWorker }, process.env, choice);
    const { set, kept, tool } = forBuildTool(chosen, by.script, countable);
    if (tool !== null) warn({ kind: 'nproc-freed', program: tool, cpus: countable });
    const budget = expectRuntime(claimed.budget, by.runtime, nodePools({ ...process.env, ...set }));
    const variables = {
      ...marked(set, process.env),
      ...exportedVariables(options.exports ?? [], budget, host),
      ...claimed.variables,
      ...lender?.variables,
    };
    const isTeam = alone !== null && alone.runtime !== 'Node';
    await options.onPlan?.({
      host,
      budget,
      places,
      team: isTeam ? team : null,
      variables,
      kept,
      pinning: pinningVariables(process.env),
    });
    options.signal?.throwIfAborted();
    const mayGrow = !lender && options.threadsPerWorker === undefined && !isTeam && team > budget.threadsPerWorker;
    const teamThreads = mayGrow ? team : null;
    return await supervised(command, { budget, places, spare, variables, teamThreads, lender }, claim, options);
  } finally {
    lender?.stop();
    claim?.close();
  }
}

/** Leaves OMP_NUM_THREADS out for a script whose build tool gets its number of jobs from nproc, which obeys that. */
function forBuildTool({ set, kept }: ThreadEnvironment, script: string | null, cpus: number) {
  const { OMP_NUM_THREADS: threads, ...rest } = set;
  const tool = script === null || hasJobserver(process.env['MAKEFLAGS']) ? null : toolSizedByNproc(script);
  if (tool === null || threads === undefined || Number(threads) >= cpus) return { set, kept, tool: null };
  return { set: rest, kept, tool };
}

/** libuv's pool also waits for files, and a program may start more Node processes: it stays as large as usual. */
function ownThreads(runtime: Runtime, team: number): number {
  return runtime === 'Node' ? UNGOVERNED_NODE.libuv : team;
}

interface SupervisedRun extends Pick<RunPlan, 'budget' | 'places' | 'variables'> {
  spare: readonly Cpuset[];
  teamThreads: number | null;
  lender: Lender | null;
}

async function supervised(
  command: readonly string[],
  plan: SupervisedRun,
  claim: Claim | null,
  options: RunOptions,
): Promise<LaunchResult> {
  const { lender } = plan;
  const places = new HeldPlaces({ places: plan.places, claim, onWarning: options.onWarning });
  const cpus = union([...plan.places, ...plan.spare]);
  const nproc = threadCount(plan.variables['OMP_NUM_THREADS']);
  const watched = {
    cpus,
    spare: plan.spare,
    teamThreads: plan.teamThreads,
    nproc: nproc !== null && nproc < cpus.length && !hasJobserver(process.env['MAKEFLAGS']) ? nproc : null,
  };
  let workers: WatchedWorkers | undefined;
  const verifier = new PinVerifier({
    ...options,
    places,
    threadsPerWorker: plan.budget.threadsPerWorker,
    shared: () => workers?.crowded() ?? false,
    borrowed: () => lender?.borrowed ?? new Map(),
  });
  const supervision = new Supervision({
    ...options,
    starts: [startOf(command, { ...process.env, ...plan.variables }, { cpus: [], memoryNode: null })],
    keep: claim?.descriptors ?? [],
    stdio: () => ({ stdio: [0, 1, 2] }),
    started: (_, pid) => {
      lender?.started(pid);
      workers = watchWorkers({ ...options, root: pid, places, ...watched, verifier, lender });
    },
    ended: () => workers?.stop(),
    keepGoing: true,
    leaveBehind: true,
    secondSignalEnds: false,
  });
  try {
    return await supervision.run();
  } finally {
    workers?.stop();
    verifier.stop();
    if (lender) options.onLent?.(lender.lent);
  }
}
