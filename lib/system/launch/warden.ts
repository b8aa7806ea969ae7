import { Socket } from 'node:net';
import { constants } from 'node:os';
import type { StartRecord } from '../../core/records.js';
import type { RankExit } from '../../core/launch/lifecycle.js';
import { native } from '../native.js';

/** `WardenCommand` of native/core/platform.h. */
const COMMAND = { start: 0, signal: 1, finish: 2, leave: 3 } as const;
/** `WardenEvent`, in its order. */
const EVENTS = ['started', 'not-started', 'ended', 'finished'] as const;
/** Bytes of an event: four 32-bit numbers. */
const RECORD = 16;

/** Milliseconds from one look at what is left to the next. */
const REST = 10;

let adopting = false;

/**
 * For a process whose children are all ours: it ends what a warden and its keeper leave where both of them are killed.
 * To be said before the first warden is started.
 */
export function adoptOrphans(): void {
  adopting = true;
}

/** Descriptors of stdin, stdout and stderr. */
export type Stdio = readonly [number, number, number];

export type WardenEvent =
  | { event: 'started'; rank: number; pid: number }
  | { event: 'not-started'; rank: number; errno: number }
  | { event: 'ended'; rank: number; exit: RankExit }
  /** nothing that was started is left */
  | { event: 'finished' }
  /** it has gone without finishing: somebody has killed it, and its keeper all that was left of its ranks */
  | { event: 'lost' };

/**
 * The process between us and the programs that we start: it starts and reaps them, and ends all that is left of them,
 * however far they have forked, when it is told to or when we are gone (native/linux/launch/warden.cc). Its parent, the keeper,
 * ends them where it is killed.
 */
export class Warden {
  private readonly control: number;
  private socket: Socket | null = null;
  private rest: Buffer = Buffer.alloc(0);
  private finished = false;

  /**
   * @param starts what each rank starts as; nothing is started yet
   * @param keep descriptors, such as a claim's, that both hold open as long as anything of the ranks is left
   */
  constructor(
    starts: readonly StartRecord[],
    private readonly tell: (event: WardenEvent) => void,
    keep: readonly number[] = [],
  ) {
    if (adopting) native.adoptOrphans();
    const { pid, control } = native.startWarden(starts, [
      ...new Set([...keep, ...starts.flatMap(start => start.descriptors)]),
    ]);
    this.control = control;
    setImmediate(() => this.listen(pid)); // a socket takes a while to make; what is to start at once is told before that
  }

  private listen(pid: number): void {
    this.socket = new Socket({ fd: this.control, readable: true, writable: false });
    this.socket.on('data', data => this.read(data));
    this.socket.on('error', () => {}); // 'close' follows
    this.socket.on('close', () => void this.closed(pid));
  }

  /** The caller closes its own descriptors. */
  start(rank: number, stdio: Stdio): void {
    native.commandWarden(this.control, COMMAND.start, rank, 0, stdio);
  }

  /** To the rank itself, while it runs; nobody else can have its pid meanwhile. */
  signal(rank: number, signal: NodeJS.Signals): void {
    this.send(COMMAND.signal, rank, constants.signals[signal]);
  }

  /**
   * Sends SIGTERM to everything that is left and SIGKILL after the grace; reports `finished` when nothing is left.
   * @param grace seconds
   */
  finish(grace: number): void {
    this.send(COMMAND.finish, 0, Math.round(grace * 1000));
  }

  /** Goes, and leaves what the ranks have left behind to itself. Only when no rank runs. */
  leave(): void {
    this.send(COMMAND.leave, 0, 0);
    this.finished = true;
  }

  private async closed(keeper: number): Promise<void> {
    native.awaitWarden(keeper);
    if (this.finished) return;
    while (adopting && native.killChildren())
      await new Promise(resolve => {
        setTimeout(resolve, REST);
      }); // timers/promises takes longer to load
    this.tell({ event: 'lost' });
  }

  private send(command: number, rank: number, value: number): void {
    if (!this.finished && !this.socket?.destroyed) native.commandWarden(this.control, command, rank, value, []);
  }

  private read(data: Buffer): void {
    this.rest = this.rest.length > 0 ? Buffer.concat([this.rest, data]) : data;
    let at = 0;
    for (; this.rest.length - at >= RECORD; at += RECORD) {
      const event = eventOf(this.rest.readInt32LE(at), this.rest.readInt32LE(at + 4), this.rest.readInt32LE(at + 8));
      if (event?.event === 'finished') this.finished = true;
      if (event) this.tell(event);
    }
    this.rest = this.rest.subarray(at);
  }
}

function eventOf(kind: number, rank: number, value: number): WardenEvent | null {
  switch (EVENTS[kind]) {
    case 'started':
      return { event: 'started', rank, pid: value };
    case 'not-started':
      return { event: 'not-started', rank, errno: value };
    case 'ended':
      return { event: 'ended', rank, exit: exitOf(value) };
    case 'finished':
      return { event: 'finished' };
    default:
      return null;
  }
}

const SIGNAL_NAMES = new Map(
  Object.entries(constants.signals).map(([name, number]) => [number, name as NodeJS.Signals]),
);

/** The status of wait(2): the signal in the low seven bits, else the exit status in the next eight. */
function exitOf(status: number): RankExit {
  const signal = status & 0x7f;
  return signal === 0
    ? { code: (status >> 8) & 0xff, signal: null }
    : { code: null, signal: SIGNAL_NAMES.get(signal) ?? 'SIGKILL' };
}
