import {
  Lifecycle,
  type Action,
  type RankExit,
  type RankFailure,
  type Happened,
  type LifecycleOptions,
  type RankLife,
} from '../core/launch/lifecycle.js';
import type { LeftProcess } from '../core/launch/left-process.js';
import type { StartRecord } from '../core/launch/records.js';
import type { RunWarning } from '../core/launch/run-warning.js';
import { Ending } from './ending.js';
import { isLimit } from '../system/process-limit.js';
import { SignalForwarder } from '../system/launch/signals.js';
import { Warden, type Stdio, type WardenEvent } from '../system/launch/warden.js';

/** When programs that were started are restarted or ended, and what is reported of them. */
export interface SupervisionOptions extends Pick<LifecycleOptions, 'restarts' | 'grace'> {
  /**
   * seconds, from 0 to 2,000,000, after which everything that runs is terminated, and the exit code is 124; default: no
   * limit
   */
  timeout?: number | undefined;
  /** aborts: everything that runs is terminated, and the promise rejects with the signal's reason */
  signal?: AbortSignal | undefined;
  /** called for each start, end and restart; a single program is rank 0 */
  onRank?: ((event: RankEvent) => void) | undefined;
}

/** Something that happened to a rank. */
export type RankEvent =
  /** it has started; `restart` is how often it was restarted before, from 0 */
  | { event: 'start'; rank: number; pid: number; restart: number }
  /** it has ended; `pid` and `exit` are null if it could not be started */
  | { event: 'exit'; rank: number; pid: number | null; exit: RankExit | null; failed: boolean }
  /** it has failed, and starts again after `delay` seconds */
  | { event: 'restart'; rank: number; delay: number };

/** How the programs that were started have ended. */
export interface LaunchResult {
  /**
   * code 124 after the timeout; otherwise the exit of the first rank that failed, which is code 126 if the kernel did
   * not start it, or 2 if that was because of a limit on processes or memory; otherwise code 0
   */
  exit: RankExit;
  /** in the order in which they happened, without failures that a restart followed */
  failures: readonly RankFailure[];
  /** the last state of each rank, by its number */
  ranks: readonly RankLife[];
  /** processes that could not be ended; usually none */
  left: readonly LeftProcess[];
  /** whether `timeout` ended the programs */
  timedOut: boolean;
  /** seconds from the first start to the end */
  seconds: number;
}

/** The programs to start, and what to do as they start and end. */
export interface SupervisedPrograms extends SupervisionOptions, LifecycleOptions {
  /** the command, environment and place of each rank */
  starts: readonly StartRecord[];
  /** descriptors that stay open until nothing of the ranks is left, even if this process is killed before */
  keep: readonly number[];
  /** the standard streams of a rank that is about to start; `close` is called once it has them */
  stdio(rank: number): { stdio: Stdio; close?: () => void };
  started(rank: number, pid: number): void;
  ended(rank: number): void;
  /** resolves when output that is still on its way has been passed on; called when nothing runs any more */
  drained?(): Promise<void>;
  onWarning?: ((warning: RunWarning) => void) | undefined;
  /** whether a signal that arrives a second time terminates everything; if not, only the programs get it */
  secondSignalEnds: boolean;
}

/** The status of timeout(1). */
const TIMED_OUT: RankExit = { code: 124, signal: null };
/** A shell's status for a program that was found, but that the kernel did not start. */
const NOT_EXECUTABLE: RankExit = { code: 126, signal: null };
/** The status of governor's own failures: a limit kept the program from starting. */
const LIMIT_REACHED: RankExit = { code: 2, signal: null };
/** Signals by which a user ends a program. */
const ENDING: ReadonlySet<NodeJS.Signals> = new Set(['SIGHUP', 'SIGINT', 'SIGQUIT', 'SIGTERM']);

/** Runs programs under a warden, from the first start until nothing of them has to be terminated any more. */
export class Supervision {
  private readonly began = performance.now();
  private readonly life: Lifecycle;
  private readonly warden: Warden;
  private readonly ending: Ending;
  private readonly timers = new Set<NodeJS.Timeout>();
  private readonly heardOnce = new Set<NodeJS.Signals>();
  /** a signal that ends programs has arrived a second time */
  private insisted = false;
  private timedOut = false;
  /** what went wrong on our side, if anything: all programs are ended then */
  private failure: { error: unknown } | null = null;
  private settle!: () => void;
  private readonly ended = new Promise<void>(resolve => {
    this.settle = resolve;
  });

  constructor(private readonly options: SupervisedPrograms) {
    this.life = new Lifecycle(options.starts.length, options);
    this.warden = new Warden(options.starts, event => this.heard(event), options.keep);
    this.ending = new Ending(this.warden, {
      now: () => this.now(),
      silent: () => {
        if (this.insisted) this.stop();
      },
      gaveUp: () => {
        this.warden.abandon();
        this.end();
      },
      warned: warning => options.onWarning?.(warning),
    });
  }

  /** @throws the signal's reason if it was aborted */
  async run(): Promise<LaunchResult> {
    const signals = new SignalForwarder((signal, arrived) => this.forward(signal, arrived));
    const stop = () => this.stop();
    this.options.signal?.addEventListener('abort', stop, { once: true });
    try {
      if (this.options.timeout !== undefined) this.after(this.options.timeout, () => this.timeOut());
      this.act(this.life.begin());
      await this.ended;
      await this.options.drained?.();
    } finally {
      signals.stop();
      this.options.signal?.removeEventListener('abort', stop);
      for (const timer of this.timers) clearTimeout(timer);
    }
    this.options.signal?.throwIfAborted();
    if (this.failure) throw this.failure.error;
    return {
      exit: this.exit(),
      failures: this.life.failures,
      ranks: this.life.ranks,
      left: this.ending.left,
      timedOut: this.timedOut,
      seconds: this.now(),
    };
  }

  /** Terminates everything that is left. */
  stop(): void {
    this.handle({ event: 'stop' });
  }

  private exit(): RankExit {
    const [first] = this.life.failures;
    if (this.timedOut) return TIMED_OUT;
    if (!first) return this.life.done ? { code: 0, signal: null } : { code: null, signal: 'SIGKILL' };
    return first.exit ?? (isLimit(first.errno ?? 0) ? LIMIT_REACHED : NOT_EXECUTABLE);
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
        this.handle(event);
        return this.started(event.rank, event.pid);
      case 'ended': {
        const { pid } = this.life.ranks[event.rank]!;
        this.options.ended(event.rank);
        this.options.onRank?.({
          event: 'exit',
          rank: event.rank,
          pid,
          exit: event.exit,
          failed: event.exit.code !== 0,
        });
        return this.handle(event);
      }
      case 'not-started':
        this.options.onRank?.({ event: 'exit', rank: event.rank, pid: null, exit: null, failed: true });
        return this.handle(event);
      case 'answered':
        return this.ending.answered();
      case 'left':
        return this.ending.refused(event.pid);
      case 'refused':
        return this.fail(event.error);
      case 'finished':
        return this.end();
      case 'lost': // the kernel kills the ranks together with the warden
        this.stop();
        this.ending.over();
        for (const [rank, { state, pid }] of this.life.ranks.entries()) {
          if (state !== 'ended' && !this.ending.left.some(process => process.pid === pid))
            this.handle({ event: 'ended', rank, exit: { code: null, signal: 'SIGKILL' } });
        }
        return this.settle();
    }
  }

  private started(rank: number, pid: number): void {
    try {
      this.options.started(rank, pid);
    } catch (error) {
      this.fail(error);
    }
  }

  private fail(error: unknown): void {
    this.failure ??= { error };
    this.stop();
  }

  private handle(happened: Happened): void {
    this.act(this.life.handle(happened, this.now()));
  }

  private now(): number {
    return (performance.now() - this.began) / 1000;
  }

  private end(): void {
    this.ending.over();
    this.settle();
  }

  private act(actions: readonly Action[]): void {
    for (const action of actions) {
      switch (action.action) {
        case 'start':
          this.start(action.rank);
          break;
        case 'rest':
          this.options.onRank?.({ event: 'restart', rank: action.rank, delay: action.seconds });
          this.after(action.seconds, () => this.handle({ event: 'rested', rank: action.rank }));
          break;
        case 'finish':
          this.ending.finish(action.grace);
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
      const opened = this.options.stdio(rank);
      close = opened.close;
      this.warden.start(rank, opened.stdio);
    } catch (error) {
      // no descriptor was left for the pipes
      const { errno = 0, syscall = 'open' } = error as NodeJS.ErrnoException;
      this.heard({ event: 'not-started', rank, errno: Math.abs(errno), syscall });
    } finally {
      close?.();
    }
  }

  /**
   * Passes a signal to every rank once; a rank that is just starting gets it after its start.
   * @param arrived whether the ranks have got it already, as those of a terminal's foreground group do
   */
  private forward(signal: NodeJS.Signals, arrived: boolean): void {
    const alive = (state: RankLife['state']) => state === 'running' || state === 'starting';
    for (const [rank, { state }] of this.life.ranks.entries())
      if (alive(state) && !arrived) this.warden.signal(rank, signal);
    if (!ENDING.has(signal)) return;
    this.ending.ask();
    this.insisted ||= this.heardOnce.has(signal);
    this.heardOnce.add(signal);
    const ends = this.insisted && (this.options.secondSignalEnds || this.ending.silent);
    this.handle({ event: ends ? 'stop' : 'interrupted' });
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
