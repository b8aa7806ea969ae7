import { launchBudget, launchPlaces, planLaunch, planUnclaimed, type LaunchPlan, type LaunchPlanOptions } from '../core/launch-plan.js';
import { Lifecycle, type Action, type Exit, type Failure, type Happened, type LifecycleOptions, type RankLife } from '../core/lifecycle.js';
import type { Verification } from '../core/verify.js';
import { badInput } from '../errors.js';
import { findCommand } from '../system/command.js';
import { readHost } from '../system/host.js';
import { usableMemoryNodes } from '../system/memory-policy.js';
import { RankOutput, type RankOutputOptions } from '../system/rank-output.js';
import { holdRendezvous } from '../system/rendezvous.js';
import { SignalForwarder } from '../system/signals.js';
import { startsOf } from '../system/start.js';
import { Warden, type WardenEvent } from '../system/warden.js';
import { writerTo } from '../system/writer.js';
import { claimPlaces } from './claim-places.js';
import { RankGuard } from './rank-guard.js';

export interface LaunchOptions extends LaunchPlanOptions, LifecycleOptions {
  /** seconds after which all ranks are ended, and the exit status is 124; default: none */
  timeout?: number | undefined;
  output?: Partial<RankOutputOptions> | undefined;
  /** seconds after the start at which the ranks are verified; default 2 */
  verifyAfter?: number | undefined;
  /** and again every so many seconds; default: not again */
  verifyEvery?: number | undefined;
  /** mend what has drifted */
  enforce?: boolean | undefined;
  /** neither claim the places nor mind what others have claimed; default false */
  share?: boolean | undefined;
  /** told where nothing could be claimed, because the ledger cannot be used */
  onUnclaimed?: ((reason: string) => void) | undefined;
  /** aborted, all ranks are ended */
  signal?: AbortSignal | undefined;
  /** told once, before anything is started */
  onPlan?: ((plan: LaunchPlan) => void | Promise<void>) | undefined;
  onRank?: ((event: RankEvent) => void) | undefined;
  onVerified?: ((verification: Verification) => void) | undefined;
}

/** What has become of a rank. */
export type RankEvent =
  | { event: 'start'; rank: number; pid: number; restart: number }
  | { event: 'exit'; rank: number; pid: number | null; exit: Exit | null; failed: boolean }
  | { event: 'restart'; rank: number; milliseconds: number };

export interface LaunchResult {
  /** 0, or of the first rank that failed: its status, or the signal; 124 after the timeout */
  exit: Exit;
  failures: readonly Failure[];
  ranks: readonly RankLife[];
  /** whether the time limit ended it */
  timedOut: boolean;
  /** how long it took */
  seconds: number;
}

/** More milliseconds than those of 24 days do not fit into a timer. */
export const MOST_SECONDS = 2_000_000;

/** @throws GovernorError BAD_INPUT */
function checkTimes({ timeout, verifyAfter, verifyEvery, grace, restarts }: LaunchOptions): void {
  const seconds = { timeout, verifyAfter, verifyEvery, grace: grace === undefined ? undefined : grace / 1000 };
  for (const [name, value] of Object.entries(seconds)) {
    if (value !== undefined && !(value >= 0 && value <= MOST_SECONDS)) throw badInput(name, value, `seconds from 0 to ${MOST_SECONDS}`);
  }
  if (restarts !== undefined && !(Number.isInteger(restarts) && restarts >= 0)) throw badInput('restarts', restarts, 'a whole number from 0 on');
}

/** As timeout(1) has it. */
const TIMED_OUT: Exit = { code: 124, signal: null };
/** Milliseconds that output may take to arrive after the last rank has ended. */
const PATIENCE = 1000;

/**
 * Who would get which CPUs and variables, whatever others have claimed.
 * @throws GovernorError BAD_INPUT, COMMAND_NOT_FOUND, COMMAND_NOT_EXECUTABLE, UNREADABLE
 */
export function planOf(command: readonly string[], options: LaunchPlanOptions): LaunchPlan {
  requireProgram(command);
  return planUnclaimed(readHost(), options, process.env, null, usableMemoryNodes());
}

function requireProgram(command: readonly string[]): void {
  if (command.length === 0) throw badInput('command', '', 'a program and its arguments');
  findCommand(command[0]!, process.env);
}

/**
 * Starts ranks of a program, each pinned from its first instruction to a place of its own, on CPUs that nobody else has
 * claimed, and sees them through: the first that fails ends the others, signals go to all of them, and nothing that they
 * have started is left behind, not even where this process is killed.
 * @throws GovernorError BAD_INPUT, CPUS_TAKEN, COMMAND_NOT_FOUND, COMMAND_NOT_EXECUTABLE, UNREADABLE
 */
export async function launch(command: readonly string[], options: LaunchOptions = {}): Promise<LaunchResult> {
  options.signal?.throwIfAborted();
  checkTimes(options);
  requireProgram(command);
  const { claim, ...placed } = await claimPlaces(readHost(), {
    share: options.share,
    command: `governor launch -- ${command.join(' ')}`,
    avoid: options.near === undefined,
    budget: host => launchBudget(host, options, process.env),
    places: (host, budget) => launchPlaces(host, budget, options),
    onUnusable: options.onUnclaimed,
  });
  try {
    const held = holdRendezvous();
    try {
      const plan = planLaunch(placed, options, process.env, held, usableMemoryNodes());
      await options.onPlan?.(plan);
      options.signal?.throwIfAborted();
      return await new Launch(command, plan, claim?.descriptors ?? [], options).run();
    } finally {
      held.close();
    }
  } finally {
    claim?.close();
  }
}

/** One launch, from its first rank to the last of what they have left. */
class Launch {
  private readonly began = performance.now();
  private readonly life: Lifecycle;
  private readonly warden: Warden;
  private readonly output: RankOutput;
  private readonly guard: RankGuard;
  private readonly timers = new Set<NodeJS.Timeout>();
  private readonly heardOnce = new Set<NodeJS.Signals>();
  private timedOut = false;
  private end!: () => void;
  private readonly ended = new Promise<void>(resolve => { this.end = resolve; });

  constructor(command: readonly string[], plan: LaunchPlan, keep: readonly number[], private readonly options: LaunchOptions) {
    this.life = new Lifecycle(plan.ranks.length, options);
    this.output = new RankOutput(plan.ranks.length, {
      prefix: null, quiet: () => false, logDirectory: null, ...options.output,
      stdout: () => options.output?.stdout ?? writerTo(1, () => this.tell({ event: 'stop' })),
      stderr: () => options.output?.stderr ?? writerTo(2),
    });
    this.guard = new RankGuard(plan, options);
    const starts = startsOf(command, process.env, plan.ranks.map(({ place, ...rest }) => ({ cpus: place, ...rest })));
    this.warden = new Warden(starts, event => this.heard(event), keep);
  }

  async run(): Promise<LaunchResult> {
    const signals = new SignalForwarder((signal, arrived) => this.forward(signal, arrived));
    const stop = () => this.tell({ event: 'stop' });
    this.options.signal?.addEventListener('abort', stop, { once: true });
    try {
      if (this.options.timeout !== undefined) this.after(this.options.timeout * 1000, () => this.timeOut());
      this.act(this.life.begin());
      await this.ended;
      await this.output.drained(PATIENCE);
    } finally {
      signals.stop();
      this.options.signal?.removeEventListener('abort', stop);
      for (const timer of this.timers) clearTimeout(timer);
      this.guard.stop();
    }
    this.options.signal?.throwIfAborted();
    return { exit: this.exit(), failures: this.life.failures, ranks: this.life.ranks, timedOut: this.timedOut, seconds: (performance.now() - this.began) / 1000 };
  }

  private exit(): Exit {
    const [first] = this.life.failures;
    if (this.timedOut) return TIMED_OUT;
    if (!first) return { code: 0, signal: null };
    return first.exit ?? { code: first.errno === 2 ? 127 : 126, signal: null };
  }

  private heard(event: WardenEvent): void {
    switch (event.event) {
      case 'started':
        this.options.onRank?.({ event: 'start', rank: event.rank, pid: event.pid, restart: this.life.ranks[event.rank]!.restarts });
        this.guard.started(event.rank, event.pid);
        return this.tell(event);
      case 'ended': {
        const { pid } = this.life.ranks[event.rank]!;
        this.guard.ended(event.rank);
        this.options.onRank?.({ event: 'exit', rank: event.rank, pid, exit: event.exit, failed: event.exit.code !== 0 });
        return this.tell(event);
      }
      case 'not-started':
        this.options.onRank?.({ event: 'exit', rank: event.rank, pid: null, exit: null, failed: true });
        return this.tell(event);
      case 'finished':
        return this.end();
      case 'lost':  // the kernel has killed the ranks with it
        this.tell({ event: 'stop' });
        for (const [rank, { state }] of this.life.ranks.entries()) {
          if (state !== 'ended') this.tell({ event: 'ended', rank, exit: { code: null, signal: 'SIGKILL' } });
        }
        return this.end();
    }
  }

  private tell(happened: Happened): void {
    this.act(this.life.handle(happened, performance.now() - this.began));
  }

  private act(actions: readonly Action[]): void {
    for (const action of actions) {
      switch (action.action) {
        case 'start':
          this.start(action.rank);
          break;
        case 'rest':
          this.options.onRank?.({ event: 'restart', rank: action.rank, milliseconds: action.milliseconds });
          this.after(action.milliseconds, () => this.tell({ event: 'rested', rank: action.rank }));
          break;
        case 'finish':
          this.warden.finish(action.grace);
          break;
      }
    }
  }

  private start(rank: number): void {
    let close: (() => void) | undefined;
    try {
      const opened = this.output.descriptors(rank);
      close = opened.close;
      this.warden.start(rank, opened.stdio);
    } catch (error) {  // no descriptor is left for its pipes
      this.heard({ event: 'not-started', rank, errno: Math.abs((error as NodeJS.ErrnoException).errno ?? 0) });
    } finally {
      close?.();
    }
  }

  /** Once to every rank; who asks again does not want to wait. A rank that is just starting gets it behind its start. */
  private forward(signal: NodeJS.Signals, arrived: boolean): void {
    const alive = (state: RankLife['state']) => state === 'running' || state === 'starting';
    for (const [rank, { state }] of this.life.ranks.entries()) if (alive(state) && !arrived) this.warden.signal(rank, signal);
    if (!ENDING.has(signal)) return;
    this.tell({ event: this.heardOnce.has(signal) ? 'stop' : 'interrupted' });
    this.heardOnce.add(signal);
  }

  private timeOut(): void {
    this.timedOut = true;
    this.tell({ event: 'stop' });
  }

  private after(milliseconds: number, then: () => void): void {
    const timer = setTimeout(() => {
      this.timers.delete(timer);
      then();
    }, milliseconds);
    this.timers.add(timer);
  }
}

/** Signals that a user ends a program with. */
const ENDING: ReadonlySet<NodeJS.Signals> = new Set(['SIGHUP', 'SIGINT', 'SIGQUIT', 'SIGTERM']);
