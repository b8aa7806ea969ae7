/** How a program ended: its own status, or the signal that killed it. */
export interface RankExit {
  /** exit status, 0 to 255; null if a signal killed it */
  code: number | null;
  /** the signal that killed it; null if it exited */
  signal: NodeJS.Signals | null;
}

/** When failed ranks are restarted, and how ranks are terminated. */
export interface LifecycleOptions {
  /** let the other ranks go on if one fails; default false: they are terminated */
  keepGoing?: boolean | undefined;
  /** how often a failed rank is restarted, on the same place; the first time after 0.5 seconds; default 0 */
  restarts?: number | undefined;
  /** seconds between SIGTERM and SIGKILL if ranks have to be terminated, from 0 to 2,000,000; default 5 */
  grace?: number | undefined;
  /** keep processes that the ranks leave behind; default: terminate them */
  leaveBehind?: boolean | undefined;
}

const DEFAULT_GRACE_SECONDS = 5;
/** Wait before a rank's first restart; each further restart waits twice as long, up to `most`. */
const BACK_OFF_SECONDS = { first: 0.5, most: 30 };

/** How a failed rank ended, or why it could not be started. */
export interface RankFailure {
  /** the rank's number, from 0 */
  rank: number;
  /** null if it could not be started */
  exit: RankExit | null;
  /** the kernel's error number if it could not be started; otherwise null */
  errno: number | null;
  /** the system call that failed if it could not be started; otherwise null */
  syscall: string | null;
  /** seconds since the launch began */
  at: number;
}

/** The state of a rank. */
export interface RankLife {
  /** `waiting`: it has failed and will be restarted */
  state: 'starting' | 'running' | 'waiting' | 'ended';
  /** null if it does not run */
  pid: number | null;
  /** how often it was restarted */
  restarts: number;
  /** how its last run ended, with code and signal null if it could not be started; null: it has not ended yet */
  exit: RankExit | null;
  /** whether its last run failed: any end but code 0 */
  failed: boolean;
}

export type Happened =
  | { event: 'started'; rank: number; pid: number }
  | { event: 'not-started'; rank: number; errno: number; syscall: string }
  | { event: 'ended'; rank: number; exit: RankExit }
  /** a rank's wait before its restart is over */
  | { event: 'rested'; rank: number }
  /** all ranks must end: a second signal, a time limit, an AbortSignal */
  | { event: 'stop' }
  /** a signal was passed on to the ranks: a rank that it ends is not restarted */
  | { event: 'interrupted' };

export type Action =
  | { action: 'start'; rank: number }
  | { action: 'rest'; rank: number; seconds: number }
  /** terminate everything left: ranks and their descendants; `grace` in seconds */
  | { action: 'finish'; grace: number }
  /** all ranks have ended; their descendants go on */
  | { action: 'leave' };

/** The state of a launch's ranks. Pure: takes events and returns the actions to perform. */
export class Lifecycle {
  readonly ranks: RankLife[];
  /** failures in the order of time, without those that a restart followed */
  readonly failures: RankFailure[] = [];
  /** whether the launch is being terminated, or has finished */
  stopping = false;
  private interrupted = false;
  /** failures of the ranks that wait for their restart */
  private readonly waiting = new Map<number, RankFailure>();
  private readonly restarts: number;
  private readonly grace: number;
  private readonly keepGoing: boolean;
  private readonly leaveBehind: boolean;

  constructor(count: number, options: LifecycleOptions = {}) {
    this.ranks = Array.from({ length: count }, () => ({
      state: 'starting',
      pid: null,
      restarts: 0,
      exit: null,
      failed: false,
    }));
    this.restarts = options.restarts ?? 0;
    this.grace = options.grace ?? DEFAULT_GRACE_SECONDS;
    this.keepGoing = options.keepGoing ?? false;
    this.leaveBehind = options.leaveBehind ?? false;
  }

  begin(): Action[] {
    return this.ranks.map((_, rank) => ({ action: 'start', rank }));
  }

  /** @param at seconds since the launch began */
  handle(happened: Happened, at: number): Action[] {
    switch (happened.event) {
      case 'started':
        Object.assign(this.ranks[happened.rank]!, { state: 'running', pid: happened.pid });
        return [];
      case 'not-started': {
        const { rank, errno, syscall } = happened;
        return this.ended(rank, { rank, exit: null, errno, syscall, at });
      }
      case 'ended': {
        const { exit, rank } = happened;
        return this.ended(rank, exit.code === 0 ? null : { rank, exit, errno: null, syscall: null, at });
      }
      case 'rested':
        if (this.ranks[happened.rank]!.state !== 'waiting' || this.over) return [];
        this.waiting.delete(happened.rank);
        this.ranks[happened.rank]!.state = 'starting';
        return [{ action: 'start', rank: happened.rank }];
      case 'interrupted':
        this.interrupted = true;
        return this.endWaiting();
      case 'stop':
        return this.stop();
    }
  }

  /** whether no rank is running or will run */
  get done(): boolean {
    return this.ranks.every(rank => rank.state === 'ended');
  }

  private get over(): boolean {
    return this.stopping || this.interrupted;
  }

  private ended(index: number, failure: RankFailure | null): Action[] {
    const rank = this.ranks[index]!;
    Object.assign(rank, {
      state: 'ended',
      pid: null,
      exit: failure?.exit ?? { code: failure ? null : 0, signal: null },
      failed: failure !== null,
    });
    if (failure && !this.over && rank.restarts < this.restarts) {
      rank.state = 'waiting';
      this.waiting.set(index, failure);
      const seconds = Math.min(BACK_OFF_SECONDS.most, BACK_OFF_SECONDS.first * 2 ** rank.restarts++);
      return [{ action: 'rest', rank: index, seconds }];
    }
    if (failure) this.failures.push(failure);
    if (failure && !this.over && !this.keepGoing) return this.stop();
    return this.finishIfDone();
  }

  private stop(): Action[] {
    if (this.stopping) return [];
    this.stopping = true;
    this.endWaiting();
    return [{ action: 'finish', grace: this.grace }];
  }

  /** Cancels pending restarts: those ranks have failed. */
  private endWaiting(): Action[] {
    for (const [rank, failure] of this.waiting) {
      this.ranks[rank]!.state = 'ended';
      this.failures.push(failure);
    }
    this.waiting.clear();
    return this.finishIfDone();
  }

  private finishIfDone(): Action[] {
    if (!this.done || this.stopping) return [];
    this.stopping = true;
    return [this.leaveBehind ? { action: 'leave' } : { action: 'finish', grace: this.grace }];
  }
}
