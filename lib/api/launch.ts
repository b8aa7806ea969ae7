import {
  launchBudget,
  launchPlaces,
  planLaunch,
  type LaunchPlan,
  type LaunchPlanOptions,
} from '../core/launch/launch-plan.js';
import type { LifecycleOptions } from '../core/launch/lifecycle.js';
import type { Host } from '../core/machine/host.js';
import type { RunWarning } from '../core/launch/measured.js';
import { badInput } from '../errors.js';
import { findCommand } from '../system/launch/command.js';
import { readHost } from '../system/machine/host.js';
import type { Claim } from '../system/claims/ledger.js';
import { usableMemoryNodes } from '../system/machine/memory-policy.js';
import { RankOutput, type RankOutputOptions } from '../system/launch/rank-output.js';
import { holdRendezvous } from '../system/launch/rendezvous.js';
import { startsOf } from '../system/launch/start.js';
import { writerTo } from '../system/launch/writer.js';
import { claimPlaces, foreseePlaces, type ClaimRequest } from '../runtime/claim-places.js';
import { hostNear } from '../runtime/near-gpus.js';
import { RankGuard, type GuardOptions } from '../runtime/rank-guard.js';
import { checkSupervision, Supervision, type LaunchResult, type SupervisionOptions } from '../runtime/supervision.js';

export interface LaunchOptions
  extends LaunchPlanOptions,
    SupervisionOptions,
    GuardOptions,
    Pick<LifecycleOptions, 'keepGoing'> {
  output?: Partial<RankOutputOptions> | undefined;
  /** neither claim the places nor mind what others have claimed; default false */
  share?: boolean | undefined;
  /** told once, before anything is started */
  onPlan?: ((plan: LaunchPlan) => void | Promise<void>) | undefined;
  /** told of each thing that is not as planned, once */
  onWarning?: ((warning: RunWarning) => void) | undefined;
}

/** Milliseconds that output may take to arrive after the last rank has ended. */
const PATIENCE = 1000;

type PlacesOptions = LaunchPlanOptions & Pick<LaunchOptions, 'share' | 'onWarning'>;

/**
 * Who would get which CPUs and variables, were it launched at this moment. Nothing is claimed.
 * @throws GovernorError as launch
 */
export async function planOf(command: readonly string[], options: PlacesOptions): Promise<LaunchPlan> {
  requireProgram(command);
  return planLaunch(
    await foreseePlaces(hostOf(options), requestOf(command, options)),
    options,
    process.env,
    null,
    usableMemoryNodes(),
  );
}

function hostOf({ near, onWarning }: PlacesOptions): Host {
  return hostNear(readHost(), near, process.env, onWarning);
}

function requestOf(command: readonly string[], options: PlacesOptions): ClaimRequest {
  return {
    share: options.share,
    command: `governor launch -- ${command.join(' ')}`,
    avoid: options.near === undefined,
    budget: host => launchBudget(host, options, process.env),
    places: (host, budget) => launchPlaces(host, budget, options),
    onUnusable: reason => options.onWarning?.({ kind: 'not-claimed', reason }),
  };
}

function requireProgram(command: readonly string[]): void {
  if (command.length === 0) throw badInput('command', '', 'a program and its arguments');
  findCommand(command[0]!, process.env);
}

/**
 * Starts ranks of a program, each pinned from its first instruction to a place of its own, on CPUs that nobody else has
 * claimed, and sees them through: the first that fails ends the others, signals go to all of them, and nothing that they
 * have started is left behind, not even where this process is killed.
 * @throws GovernorError BAD_INPUT, CPUS_TAKEN, COMMAND_NOT_FOUND, COMMAND_NOT_EXECUTABLE, HOST_UNREADABLE; the signal's reason
 * where that is aborted
 */
export async function launch(command: readonly string[], options: LaunchOptions = {}): Promise<LaunchResult> {
  options.signal?.throwIfAborted();
  checkSupervision(options);
  requireProgram(command);
  const { claim, ...placed } = await claimPlaces(hostOf(options), requestOf(command, options));
  try {
    const held = holdRendezvous();
    try {
      const plan = planLaunch(placed, options, process.env, held, usableMemoryNodes());
      await options.onPlan?.(plan);
      options.signal?.throwIfAborted();
      return await supervised(command, plan, claim, options);
    } finally {
      held.close();
    }
  } finally {
    claim?.close();
  }
}

async function supervised(
  command: readonly string[],
  plan: LaunchPlan,
  claim: Claim | null,
  options: LaunchOptions,
): Promise<LaunchResult> {
  const output = new RankOutput(plan.ranks.length, {
    prefix: null,
    quiet: () => false,
    logDirectory: null,
    ...options.output,
    stdout: () => options.output?.stdout ?? writerTo(1, () => supervision.stop()),
    stderr: () => options.output?.stderr ?? writerTo(2),
  });
  const guard = new RankGuard(
    plan.ranks.map(rank => rank.place),
    { threadsPerWorker: plan.budget.threadsPerWorker, shared: () => plan.shared },
    options,
    claim,
  );
  const supervision = new Supervision(
    {
      starts: startsOf(
        command,
        process.env,
        plan.ranks.map(({ place, ...rest }) => ({ cpus: place, ...rest })),
      ),
      keep: claim?.descriptors ?? [],
      stdio: rank => output.descriptors(rank),
      started: (rank, pid) => guard.started(rank, pid, rank),
      ended: rank => guard.ended(rank),
      drained: () => output.drained(PATIENCE),
    },
    { ...options, secondSignalEnds: true },
    options,
  );
  try {
    return await supervision.run();
  } finally {
    guard.stop();
  }
}
