import {
  Lifecycle,
  type Action,
  type RankExit,
  type RankFailure,
  type Happened,
  type LifecycleOptions,
  type RankLife,
} from '../core/launch/lifecycle.js';
import type { StartRecord } from '../core/records.js';
import { badInput } from '../errors.js';
import { SignalForwarder } from '../system/launch/signals.js';
import { Warden, type Stdio, type WardenEvent } from '../system/launch/warden.js';

/** Options of whatever starts programs and sees them through. */
export interface SupervisionOptions extends Pick<LifecycleOptions, 'restarts' | 'grace'> {
  /** seconds after which all that runs is ended, and the exit status is 124; default: none */
  timeout?: number | undefined;
  /** aborted, all that runs is ended, and the promise rejects with its reason */
  signal?: AbortSignal | undefined;
  /** told of each start and end; rank 0 is the program where there is just one */
  onRank?: ((event: RankEvent) => void) | undefined;
}

/** What has become of a rank. */
export type RankEvent =
  | { event: 'start'; rank: number; pid: number; restart: number }
  | { event: 'exit'; rank: number; pid: number | null; exit: RankExit | null; failed: boolean }
  | { event: 'restart'; rank: number /** seconds until the restart */; delay: number };

export interface LaunchResult {
  /** 0, or of the first rank that failed: its status, or the signal; 124 after the timeout */
  exit: RankExit;
  failures: readonly RankFailure[];
  ranks: readonly RankLife[];
  /** whether the time limit ended it */
  timedOut: boolean;
  /** how long it took */
  seconds: number;
}

/** What is started, and who wants to know. */
export interface Supervised {
  /** what each rank starts as */
  starts: readonly StartRecord[];
  /** descriptors to be held open as long as anything of the ranks is left, should we go before */
  keep: readonly number[];
  /** of a rank that is about to start; `close` is called when it has them */
  stdio(rank: number): { stdio: Stdio; close?: () => void };
  started(rank: number, pid: number): void;
  ended(rank: number): void;
  /** when nothing runs any more: what is still on its way */
  drained?(): Promise<void>;
}

export interface SupervisionPolicy extends LifecycleOptions {
  /** a signal that comes a second time ends all; where not, what a program makes of signals is its own affair */
  secondSignalEnds: boolean;
}

/** A timer holds at most 2^31 - 1 milliseconds, a little more than 24 days. */
export const MOST_SECONDS = 2_000_000;

/** @throws GovernorError BAD_INPUT */
export function checkSupervision(
  options: SupervisionOptions & { verifyAfter?: number | undefined; verifyEvery?: number | undefined },
): void {
  const { timeout, verifyAfter, verifyEvery, grace, restarts } = options;
  const seconds = { timeout, verifyAfter, verifyEvery, grace };
  for (const [name, value] of Object.entries(seconds)) {
    if (value !== undefined && !(value >= 0 && value <= MOST_SECONDS))
      throw badInput(name, value, `seconds from 0 to ${MOST_SECONDS}`);
  }
  if (restarts !== undefined && !(Number.isInteger(restarts) && restarts >= 0))
    throw badInput('restarts', restarts, 'an integer of at least 0');
}

/** As timeout(1) has it. */
const TIMED_OUT: RankExit = { code: 124, signal: null };
/** As a shell has it: the program was found, but the kernel did not start it. */
const NOT_EXECUTABLE: RankExit = { code: 126, signal: null };
/** Signals that a user ends a program with. */
const ENDING: ReadonlySet<NodeJS.Signals> = new Set(['SIGHUP', 'SIGINT', 'SIGQUIT', 'SIGTERM']);

/** Programs under a warden, from the first start to the last of what they have left. */
export class Supervision {
  private readonly began = performance.now();
  private readonly life: Lifecycle;
  private readonly warden: Warden;
  private readonly timers = new Set<NodeJS.Timeout>();
  private readonly heardOnce = new Set<NodeJS.Signals>();
  private timedOut = false;
  private end!: () => void;
  private readonly ended = new Promise<void>(resolve => {
    this.end = resolve;
  });

  constructor(
    private readonly supervised: Supervised,
    private readonly policy: SupervisionPolicy,
    private readonly options: SupervisionOptions,
  ) {
    this.life = new Lifecycle(supervised.starts.length, policy);
    this.warden = new Warden(supervised.starts, event => this.heard(event), supervised.keep);
  }

  /** Starts all of them; resolves when nothing is left that is to be ended. @throws the signal's reason where that was aborted */
  async run(): Promise<LaunchResult> {
    const signals = new SignalForwarder((signal, arrived) => this.forward(signal, arrived));
    const stop = () => this.stop();
    this.options.signal?.addEventListener('abort', stop, { once: true });
    try {
      if (this.options.timeout !== undefined) this.after(this.options.timeout, () => this.timeOut());
      this.act(this.life.begin());
      await this.ended;
      await this.supervised.drained?.();
    } finally {
      signals.stop();
      this.options.signal?.removeEventListener('abort', stop);
      for (const timer of this.timers) clearTimeout(timer);
    }
    this.options.signal?.throwIfAborted();
    return {
      exit: this.exit(),
      failures: this.life.failures,
      ranks: this.life.ranks,
      timedOut: this.timedOut,
      seconds: (performance.now() - this.began) / 1000,
    };
  }

  /** Ends all that is left. */
  stop(): void {
    this.tell({ event: 'stop' });
  }

  private exit(): RankExit {
    const [first] = this.life.failures;
    if (this.timedOut) return TIMED_OUT;
    if (!first) return { code: 0, signal: null };
    return first.exit ?? NOT_EXECUTABLE;
  }

  private heard(event: WardenEvent): void {
    switch (event.event) {
      case 'started':
        this.options.onRank?.({
          event: 'start',
          rank: event.rank,
          pid: event.pid,
          restart: this.life.ranks[event.rank]!.restarts,
        });
        this.supervised.started(event.rank, event.pid);
        return this.tell(event);
      case 'ended': {
        const { pid } = this.life.ranks[event.rank]!;
        this.supervised.ended(event.rank);
        this.options.onRank?.({
          event: 'exit',
          rank: event.rank,
          pid,
          exit: event.exit,
          failed: event.exit.code !== 0,
        });
        return this.tell(event);
      }
      case 'not-started':
        this.options.onRank?.({ event: 'exit', rank: event.rank, pid: null, exit: null, failed: true });
        return this.tell(event);
      case 'finished':
        return this.end();
      case 'lost': // the kernel has killed the ranks with it
        this.stop();
        for (const [rank, { state }] of this.life.ranks.entries()) {
          if (state !== 'ended') this.tell({ event: 'ended', rank, exit: { code: null, signal: 'SIGKILL' } });
        }
        return this.end();
    }
  }

  private tell(happened: Happened): void {
    this.act(this.life.handle(happened, (performance.now() - this.began) / 1000));
  }

  private act(actions: readonly Action[]): void {
    for (const action of actions) {
      switch (action.action) {
        case 'start':
          this.start(action.rank);
          break;
        case 'rest':
          this.options.onRank?.({ event: 'restart', rank: action.rank, delay: action.seconds });
          this.after(action.seconds, () => this.tell({ event: 'rested', rank: action.rank }));
          break;
        case 'finish':
          this.warden.finish(action.grace);
          break;
        case 'leave':
          this.warden.leave();
          this.end();
          break;
      }
    }
  }

  private start(rank: number): void {
    let close: (() => void) | undefined;
    try {
      const opened = this.supervised.stdio(rank);
      close = opened.close;
      this.warden.start(rank, opened.stdio);
    } catch (error) {
      // no descriptor is left for its pipes
      this.heard({ event: 'not-started', rank, errno: Math.abs((error as NodeJS.ErrnoException).errno ?? 0) });
    } finally {
      close?.();
    }
  }

  /** Once to every rank. One that is just starting gets it behind its start. */
  private forward(signal: NodeJS.Signals, arrived: boolean): void {
    const alive = (state: RankLife['state']) => state === 'running' || state === 'starting';
    for (const [rank, { state }] of this.life.ranks.entries())
      if (alive(state) && !arrived) this.warden.signal(rank, signal);
    if (!ENDING.has(signal)) return;
    this.tell({ event: this.policy.secondSignalEnds && this.heardOnce.has(signal) ? 'stop' : 'interrupted' });
    this.heardOnce.add(signal);
  }

  private timeOut(): void {
    this.timedOut = true;
    this.stop();
  }

  private after(seconds: number, then: () => void): void {
    const timer = setTimeout(() => {
      this.timers.delete(timer);
      then();
    }, seconds * 1000);
    this.timers.add(timer);
  }
}
