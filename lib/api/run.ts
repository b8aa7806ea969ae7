import { computeBudget, type Budget, type BudgetOptions } from '../core/budget/budget.js';
import type { Cpuset } from '../core/cpuset.js';
import { exportedVariables, type VariableExport } from '../core/budget/exports.js';
import { cpusNear, type NearDevice } from '../core/machine/gpu.js';
import type { Host } from '../core/machine/host.js';
import { distinctPlaces, type PlacementOptions } from '../core/placement/places.js';
import { pinningVariables, threadEnvironment, type KeptVariable } from '../core/budget/thread-variables.js';
import { badInput } from '../errors.js';
import { findCommand } from '../system/launch/command.js';
import { readHost } from '../system/machine/host.js';
import type { Claim } from '../system/claims/ledger.js';
import { startOf } from '../system/launch/start.js';
import { claimPlaces } from '../runtime/claim-places.js';
import { hostNear } from '../runtime/near-gpus.js';
import { RankGuard, type GuardOptions } from '../runtime/rank-guard.js';
import { checkSupervision, Supervision, type LaunchResult, type SupervisionOptions } from '../runtime/supervision.js';
import { WorkerWatch, type WatchListener } from '../runtime/worker-watch.js';

export interface RunOptions
  extends BudgetOptions,
    Pick<PlacementOptions, 'policy'>,
    SupervisionOptions,
    GuardOptions,
    WatchListener {
  /** `gpu`: worker i gets CPUs that are local to the i-th GPU that it sees, modulo their number, while there are any free */
  near?: NearDevice | undefined;
  /** neither claim the places nor mind what others have claimed; default false */
  share?: boolean | undefined;
  /** a program's own variables, and what to set them to */
  exports?: readonly VariableExport[] | undefined;
  /** told once, before the program starts */
  onPlan?: ((plan: RunPlan) => void | Promise<void>) | undefined;
}

/** What a run is going to do. */
export interface RunPlan {
  host: Host;
  budget: Budget;
  places: readonly Cpuset[];
  /** added to the program's environment */
  variables: Record<string, string>;
  kept: readonly KeptVariable[];
  /** variables of the user that make a library pin threads itself, against the places */
  pinning: readonly { name: string; value: string }[];
}

/**
 * Runs a program with governed variables, and pins the workers that it makes, each to a place of its own, on CPUs that
 * nobody else has claimed. stdin, stdout, stderr and signals are the program's. What it leaves behind when it ends goes on;
 * nothing of it does where this process is killed.
 * @throws GovernorError BAD_INPUT, CPUS_TAKEN, COMMAND_NOT_FOUND, COMMAND_NOT_EXECUTABLE, HOST_UNREADABLE; the signal's reason
 * where that is aborted
 */
export async function run(command: readonly string[], options: RunOptions = {}): Promise<LaunchResult> {
  options.signal?.throwIfAborted();
  checkSupervision(options);
  if (command.length === 0) throw badInput('command', '', 'a program and its arguments');
  findCommand(command[0]!, process.env);
  const whole = hostNear(readHost(), options.near, process.env, options.onWarning);
  const {
    host,
    budget,
    places,
    claim,
    variables: claimed,
  } = await claimPlaces(whole, {
    share: options.share,
    command: `governor run -- ${command.join(' ')}`,
    avoid: options.near === undefined,
    budget: host => computeBudget(host, options, process.env),
    places: (host, budget) =>
      distinctPlaces(host, budget, { policy: options.policy, prefer: cpusNear(options.near, host) }),
    onUnusable: reason => options.onWarning?.({ kind: 'not-claimed', reason }),
  });
  try {
    const { set, kept } = threadEnvironment(
      { workers: budget.cpuWorkers, threads: budget.threadsPerWorker },
      process.env,
    );
    const variables = { ...set, ...exportedVariables(options.exports ?? [], budget, host), ...claimed };
    await options.onPlan?.({ host, budget, places, variables, kept, pinning: pinningVariables(process.env) });
    options.signal?.throwIfAborted();
    return await supervised(command, { budget, places, variables }, claim, options);
  } finally {
    claim?.close();
  }
}

async function supervised(
  command: readonly string[],
  { budget, places, variables }: Pick<RunPlan, 'budget' | 'places' | 'variables'>,
  claim: Claim | null,
  options: RunOptions,
): Promise<LaunchResult> {
  const current = [...places];
  let watch: WorkerWatch | undefined;
  const guard = new RankGuard(
    current,
    { threadsPerWorker: budget.threadsPerWorker, shared: () => watch?.crowded ?? false },
    options,
    claim,
  );
  const supervision = new Supervision(
    {
      starts: [startOf(command, { ...process.env, ...variables }, { cpus: [], memoryNode: null })],
      keep: claim?.descriptors ?? [],
      stdio: () => ({ stdio: [0, 1, 2] }),
      started: (_, pid) => {
        watch = new WorkerWatch(pid, current, guard, options);
      },
      ended: () => watch?.stop(),
    },
    { ...options, keepGoing: true, leaveBehind: true, secondSignalEnds: false },
    options,
  );
  try {
    return await supervision.run();
  } finally {
    watch?.stop();
    guard.stop();
  }
}
