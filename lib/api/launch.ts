import { launchRequest, planLaunch, type LaunchPlan, type LaunchPlanOptions } from '../core/launch/launch-plan.js';
import type { LifecycleOptions } from '../core/launch/lifecycle.js';
import type { RunWarning } from '../core/launch/run-warning.js';
import type { Host } from '../core/machine/host.js';
import { outputLost, type GovernorError } from '../errors.js';
import { readHost } from '../system/machine/host.js';
import type { Claim } from '../system/claims/ledger.js';
import { refusesMemory, usableMemoryNodes } from '../system/machine/memory-policy.js';
import { RankOutput, type RankOutputOptions, type RankStream } from '../system/launch/rank-output.js';
import { holdRendezvous } from '../system/launch/rendezvous.js';
import { startsOf } from '../system/launch/start.js';
import { writerTo } from '../system/launch/writer.js';
import type { WaitOptions } from '../runtime/claim-in-turn.js';
import { claimPlaces, foreseePlaces, type ClaimOptions } from '../runtime/claim-places.js';
import type { LentTime } from '../core/lend/lent-time.js';
import { HeldPlaces } from '../runtime/held-places.js';
import { Lender } from '../runtime/lender.js';
import { hostNear } from '../runtime/near-gpus.js';
import { PinVerifier, type VerifyOptions } from '../runtime/pin-verifier.js';
import { withSafeCallbacks } from '../runtime/safe-callbacks.js';
import { checkSupervision } from '../runtime/check-supervision.js';
import { Supervision, type LaunchResult, type SupervisionOptions } from '../runtime/supervision.js';
import { warnOnce } from '../runtime/warn-once.js';
import { requireProgram } from './checks.js';

/**
 * How many ranks `launch` starts and on which CPUs, where their output goes, when they are restarted, verified and
 * ended, and what it reports meanwhile.
 */
export interface LaunchOptions
  extends LaunchPlanOptions,
    SupervisionOptions,
    VerifyOptions,
    WaitOptions,
    Pick<LifecycleOptions, 'keepGoing'> {
  /** what happens to the output of ranks; default: it goes to this process's stdout and stderr unchanged */
  output?: Partial<RankOutputOptions> | undefined;
  /**
   * lend CPUs: ranks in Python use the CPUs that others of this user, under `lend` too, leave idle; default false
   */
  lend?: boolean | undefined;
  /** called at the end of a launch that lent CPUs */
  onLent?: ((lent: LentTime) => void) | undefined;
  /** ignore the claims of others, and claim nothing; default false */
  share?: boolean | undefined;
  /**
   * called once, before anything is started; the launch waits for the promise that it returns, and starts nothing if
   * that rejects
   */
  onPlan?: ((plan: LaunchPlan) => void | Promise<void>) | undefined;
  /** called at most once for each kind of thing that is not as planned */
  onWarning?: ((warning: RunWarning) => void) | undefined;
}

/** Output that is still on its way when the last rank has ended is waited for no longer than this. */
const DRAIN_TIMEOUT_MS = 1000;

type PlacesOptions = LaunchPlanOptions & Pick<LaunchOptions, 'share' | 'onWarning'>;

/**
 * The plan that `launch` would make now. Nothing is claimed and nothing is started.
 * @throws GovernorError as `launch`
 */
export async function planOf(command: readonly string[], options: PlacesOptions): Promise<LaunchPlan> {
  requireProgram(command);
  const request = launchRequest(options, process.env);
  const places = await foreseePlaces(hostOf(options), request, claimOptions(command, options));
  return planLaunch(places, options, process.env, null, usableMemoryNodes());
}

function hostOf({ near, onWarning }: PlacesOptions): Host {
  return hostNear(readHost(), near, process.env, onWarning);
}

function claimOptions(command: readonly string[], { share, onWarning }: PlacesOptions): ClaimOptions {
  return { share, onWarning, command: `governor launch -- ${command.join(' ')}` };
}

/**
 * Starts ranks of a program and waits for them. Each rank is pinned from its first instruction, to CPUs that no other
 * run or launch has claimed. The first rank that fails ends the others, and nothing that the ranks have started is left
 * behind, even if this process is killed. Until the ranks have ended, signals that this process gets (SIGHUP, SIGINT,
 * SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2, SIGWINCH, SIGCONT) go to all ranks instead; one of the first four that arrives a
 * second time terminates everything.
 * @param command the program and its arguments; no shell is involved, and the program is looked up in PATH
 * @param options default: as many ranks as the budget allows, verified once
 * @returns how the ranks ended, once nothing of them is left; a rank that fails is a result, not an error
 * @throws GovernorError BAD_INPUT, CPUS_TAKEN, COMMAND_NOT_FOUND, COMMAND_NOT_EXECUTABLE, HOST_UNREADABLE,
 * LEDGER_LOCKED, LIMIT_REACHED, NOT_PERMITTED, NOT_SUPPORTED, OUTPUT_LOST
 * @throws the signal's reason if `signal` is aborted; what a callback throws
 */
export function launch(command: readonly string[], options: LaunchOptions = {}): Promise<LaunchResult> {
  return withSafeCallbacks(options, safe => launchSafely(command, safe));
}

async function launchSafely(command: readonly string[], options: LaunchOptions): Promise<LaunchResult> {
  options.signal?.throwIfAborted();
  checkSupervision(options);
  requireProgram(command);
  const request = launchRequest(options, process.env);
  const warn = warnOnce(options.onWarning);
  const look = () => hostOf({ ...options, onWarning: warn });
  const { wait, onWait, signal, timeout } = options;
  const claiming = { ...claimOptions(command, options), wait, onWait, signal, timeout };
  const { claim, ...places } = await claimPlaces(look, request, claiming);
  let lender: Lender | null = null;
  try {
    const held = holdRendezvous();
    try {
      if (options.lend) lender = new Lender({ places: places.places, claimed: claim !== null });
      const variables = { ...places.variables, ...lender?.variables };
      const plan = planLaunch({ ...places, variables }, options, process.env, held, usableMemoryNodes());
      await options.onPlan?.(plan);
      options.signal?.throwIfAborted();
      const preferred = plan.ranks.find(rank => rank.memoryNode !== null)?.memoryNode ?? null;
      if (preferred !== null && refusesMemory(preferred)) options.onWarning?.({ kind: 'memory-refused' });
      return await supervised(command, plan, { claim, lender }, options);
    } finally {
      held.close();
    }
  } finally {
    lender?.stop();
    claim?.close();
  }
}

async function supervised(
  command: readonly string[],
  plan: LaunchPlan,
  { claim, lender }: { claim: Claim | null; lender: Lender | null },
  options: LaunchOptions,
): Promise<LaunchResult> {
  const lost: GovernorError[] = [];
  const loses = (stream: RankStream, error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') lost.push(outputLost(`the ranks' output to ${stream}`, error));
  };
  const output = new RankOutput(plan.ranks.length, {
    prefix: null,
    quiet: () => false,
    logDirectory: null,
    ...options.output,
    stdout: () =>
      options.output?.stdout ??
      writerTo(1, error => {
        loses('stdout', error);
        supervision.stop();
      }),
    stderr: () => options.output?.stderr ?? writerTo(2, error => loses('stderr', error)),
  });
  const { onWarning } = options;
  const verifier = new PinVerifier({
    ...options,
    places: new HeldPlaces({ places: plan.ranks.map(rank => rank.place), claim, onWarning }),
    threadsPerWorker: plan.budget.threadsPerWorker,
    shared: () => plan.shared,
    borrowed: () => lender?.borrowed ?? new Map(),
  });
  const supervision = new Supervision({
    ...options,
    starts: startsOf(
      command,
      process.env,
      plan.ranks.map(({ place, ...rest }) => ({ cpus: place, ...rest })),
    ),
    keep: claim?.descriptors ?? [],
    stdio: rank => output.descriptors(rank),
    started: (rank, pid) => {
      verifier.started(rank, pid, rank);
      if (!plan.shared) lender?.pinned(pid, plan.ranks[rank]!.place);
    },
    ended: rank => verifier.ended(rank),
    drained: () => output.drained(DRAIN_TIMEOUT_MS),
    secondSignalEnds: true,
  });
  try {
    const result = await supervision.run();
    const [failure = output.lost] = lost;
    if (failure) throw failure;
    return result;
  } finally {
    verifier.stop();
    if (lender) options.onLent?.(lender.lent);
  }
}
