import { computeBudget, type Budget, type BudgetOptions } from '../core/budget.js';
import { distinctPlaces, type PlacementOptions } from '../core/placement.js';
import type { Cpuset } from '../core/cpuset.js';
import { cpusNear, type Near } from '../core/gpu.js';
import type { Host } from '../core/host.js';
import type { Measured, RunWarning } from '../core/measured.js';
import { pinningVariables, threadEnvironment, type KeptVariable } from '../core/thread-variables.js';
import { badInput } from '../errors.js';
import type { Exit } from '../core/lifecycle.js';
import { findCommand, notStarted } from '../system/command.js';
import { readHost } from '../system/host.js';
import { SignalForwarder } from '../system/signals.js';
import { startOf } from '../system/start.js';
import { Warden } from '../system/warden.js';
import { exportedVariables, type Export } from '../core/exports.js';
import { claimPlaces } from './claim-places.js';
import { hostNear } from './near-gpus.js';
import { WorkerWatch } from './worker-watch.js';

export interface RunOptions extends BudgetOptions, Pick<PlacementOptions, 'policy'> {
  /** `gpu`: worker i gets CPUs that are local to the i-th GPU that it sees, modulo their number, while there are any free */
  near?: Near | undefined;
  /** neither claim the places nor mind what others have claimed; default false */
  share?: boolean | undefined;
  /** a program's own variables, and what to set them to */
  exports?: readonly Export[] | undefined;
  /** told once, before the program starts */
  onPlan?: ((plan: Plan) => void | Promise<void>) | undefined;
  /** told once, some seconds after the workers have their places, or at the end */
  onVerified?: ((measured: Measured) => void) | undefined;
  /** told of each thing that is not as planned, once */
  onWarning?: ((warning: RunWarning) => void) | undefined;
}

/** What a run is going to do. */
export interface Plan {
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
 * nobody else has claimed. stdin, stdout, stderr and signals are the program's.
 * @throws GovernorError BAD_INPUT, CPUS_TAKEN, COMMAND_NOT_FOUND, COMMAND_NOT_EXECUTABLE, UNREADABLE
 */
export async function run(command: readonly string[], options: RunOptions = {}): Promise<Exit> {
  if (command.length === 0) throw badInput('command', '', 'a program and its arguments');
  findCommand(command[0]!, process.env);
  const whole = hostNear(readHost(), options.near, process.env, variable => options.onWarning?.({ kind: 'gpus-unresolved', ...variable }));
  const { host, budget, places, claim, variables: claimed } = await claimPlaces(whole, {
    share: options.share,
    command: `governor run -- ${command.join(' ')}`,
    avoid: options.near === undefined,
    budget: host => computeBudget(host, options, process.env),
    places: (host, budget) => distinctPlaces(host, budget, { policy: options.policy, prefer: cpusNear(options.near, host) }),
    onUnusable: reason => options.onWarning?.({ kind: 'not-claimed', reason }),
  });
  try {
    const { set, kept } = threadEnvironment({ workers: budget.cpuWorkers, threads: budget.threadsPerWorker }, process.env);
    const variables = { ...set, ...exportedVariables(options.exports ?? [], budget, host), ...claimed };
    await options.onPlan?.({ host, budget, places, variables, kept, pinning: pinningVariables(process.env) });
    return await runOn(places, claim?.descriptors ?? [], command, variables, options);
  } finally {
    claim?.close();
  }
}

/** @param keep what is to be open as long as anything of the program is left, should we go before it */
function runOn(
  places: readonly Cpuset[], keep: readonly number[], command: readonly string[], variables: Record<string, string>, options: RunOptions,
): Promise<Exit> {
  const start = startOf(command, { ...process.env, ...variables }, { cpus: [], memoryNode: null });
  return new Promise<Exit>((resolve, reject) => {
    let watch: WorkerWatch | undefined;
    const warden = new Warden([start], event => {
      if (event.event === 'started') {
        watch = new WorkerWatch(event.pid, places, options);
        watch.start();
        return;
      }
      if (event.event === 'finished') return;
      watch?.stop();
      signals.stop();
      warden.leave();
      if (event.event === 'ended') resolve(event.exit);
      else if (event.event === 'lost') resolve({ code: null, signal: 'SIGKILL' });
      else reject(notStarted(command[0]!, event.errno));
    }, keep);
    const signals = new SignalForwarder((signal, arrived) => {
      if (!arrived) warden.signal(0, signal);
    });
    warden.start(0, [0, 1, 2]);
  });
}
