import { closeSync } from 'node:fs';
import { Socket } from 'node:net';
import { constants } from 'node:os';
import type { StartRecord } from '../../core/launch/records.js';
import type { RankExit } from '../../core/launch/lifecycle.js';
import { GovernorError } from '../../errors.js';
import { isOsError, native } from '../native.js';
import { cannot, onOsError, refusedCall } from '../os-errors.js';

/** The values of the C++ enum `WardenCommand`. */
export const COMMAND = { start: 0, signal: 1, finish: 2, leave: 3, answer: 4 } as const;
/** The names of the C++ enum `WardenEvent`, in its order. */
export const EVENTS = ['started', 'not-started', 'ended', 'finished', 'answered', 'left', 'refused'] as const;
/** The system calls that the C++ enum `WardenCall` names, in its order; `proc` is a /proc of our processes. */
export const CALLS = [
  'vfork',
  'dup2',
  'sched_setaffinity',
  'sched_getaffinity',
  'prlimit',
  'fcntl',
  'rt_sigaction',
  'rt_sigprocmask',
  'chdir',
  'execve',
  'recvmsg',
  'wait4',
  'prctl',
  'kill',
  'proc',
] as const;
/** The size of an event: four 32-bit numbers. */
const EVENT_BYTES = 16;

/** Descriptors of stdin, stdout and stderr. */
export type Stdio = readonly [number, number, number];

export type WardenEvent =
  | { event: 'started'; rank: number; pid: number }
  | { event: 'not-started'; rank: number; errno: number; syscall: string }
  | { event: 'ended'; rank: number; exit: RankExit }
  /** no process that the warden started is left, except those named before */
  | { event: 'finished' }
  /** it has read the command `finish` or `answer` */
  | { event: 'answered' }
  /** a process that refuses SIGKILL, because it has become another user's */
  | { event: 'left'; pid: number }
  /** programs cannot be supervised, and everything is being ended */
  | { event: 'refused'; error: GovernorError }
  /** someone killed the warden; its keeper then killed what was left of the ranks */
  | { event: 'lost' };

/**
 * The process between us and the programs that we start (native/linux/launch/warden_process.cc). It starts and reaps
 * them, and ends them with all their descendants on our command or when we are gone. Its parent, the keeper, ends them
 * if the warden is killed.
 */
export class Warden {
  /** pid of the warden's parent, our child */
  readonly keeper: number;
  private readonly control: number;
  private socket: Socket | null = null;
  private rest: Buffer = Buffer.alloc(0);
  private finished = false;
  /** it reads no commands, and no more fit into the socket */
  private deaf = false;

  /**
   * @param starts how each rank will start; nothing is started yet
   * @param report is called with each event
   * @param keep descriptors, such as a claim's, that warden and keeper hold open until no process of the ranks is left
   * @throws GovernorError LIMIT_REACHED
   */
  constructor(
    starts: readonly StartRecord[],
    private readonly report: (event: WardenEvent) => void,
    keep: readonly number[] = [],
  ) {
    const kept = [...new Set([...keep, ...starts.flatMap(start => start.descriptors)])];
    const { pid, control } = onOsError(
      () => native.startWarden(starts, kept),
      error => {
        throw cannot('start the process that starts programs', error);
      },
    );
    this.control = control;
    this.keeper = pid;
    setImmediate(() => this.listen()); // ranks that start now need not wait until a socket is created
  }

  private listen(): void {
    try {
      this.socket = new Socket({ fd: this.control, readable: true, writable: false });
    } catch (error) {
      closeSync(this.control);
      this.refused(error);
      return this.closed();
    }
    this.socket.on('data', data => this.read(data));
    this.socket.on('error', () => {}); // 'close' follows
    this.socket.on('close', () => this.closed());
  }

  /** The caller closes its own descriptors. @throws OsError */
  start(rank: number, stdio: Stdio): void {
    if (this.deaf)
      throw Object.assign(new Error('the warden reads no commands'), {
        errno: constants.errno.ETIMEDOUT,
        syscall: 'sendmsg',
      });
    this.command(COMMAND.start, rank, 0, stdio);
  }

  /** Sends a signal to the rank itself, if it still runs. Only the warden reaps it, so its pid cannot be reused. */
  signal(rank: number, signal: NodeJS.Signals): void {
    this.send(COMMAND.signal, rank, constants.signals[signal]);
  }

  /**
   * Sends SIGTERM to every process that is left and SIGKILL after the grace; reports `finished` when none is left.
   * @param grace seconds
   */
  finish(grace: number): void {
    this.send(COMMAND.finish, 0, Math.round(grace * 1000));
  }

  /** Asks for the event `answered`. */
  ask(): void {
    this.send(COMMAND.answer, 0, 0);
  }

  /** Waits for its end no longer: the keeper is still reaped if it comes while this process lives. */
  abandon(): void {
    this.finished = true;
    this.socket?.unref();
  }

  /** Ends the warden without ending what the ranks left behind. Only if no rank runs. */
  leave(): void {
    this.send(COMMAND.leave, 0, 0);
    this.finished = true;
  }

  private closed(): void {
    native.awaitWarden(this.keeper);
    if (!this.finished) this.report({ event: 'lost' });
  }

  private send(command: number, rank: number, value: number): void {
    if (this.finished || this.deaf || this.socket?.destroyed) return;
    try {
      this.command(command, rank, value, []);
    } catch (error) {
      if (!this.deaf) this.refused(error);
    }
  }

  private command(command: number, rank: number, value: number, stdio: readonly number[]): void {
    try {
      native.commandWarden(this.control, command, rank, value, stdio);
    } catch (error) {
      if (isGone(error)) return; // the end of the socket follows
      this.deaf = (error as NodeJS.ErrnoException).errno === constants.errno.ETIMEDOUT;
      throw error;
    }
  }

  private refused(error: unknown): void {
    const what = 'command the process that starts programs';
    const known = cannot(what, error);
    const text = `cannot ${what}: ${(error as Error).message}`; // getsockname is refused: Node does not know the socket
    const ours = known instanceof GovernorError ? known : new GovernorError('NOT_PERMITTED', text, { cause: error });
    this.report({ event: 'refused', error: ours });
  }

  private read(data: Buffer): void {
    this.deaf = false;
    this.rest = this.rest.length > 0 ? Buffer.concat([this.rest, data]) : data;
    let at = 0;
    for (; this.rest.length - at >= EVENT_BYTES; at += EVENT_BYTES) {
      const event = eventOf(
        this.rest.readInt32LE(at),
        this.rest.readInt32LE(at + 4),
        this.rest.readInt32LE(at + 8),
        this.rest.readInt32LE(at + 12),
      );
      if (event?.event === 'finished') this.finished = true;
      if (event) this.report(event);
    }
    this.rest = this.rest.subarray(at);
  }
}

/** Whether the warden has ended. */
function isGone(error: unknown): boolean {
  return isOsError(error) && ['EPIPE', 'ECONNRESET'].includes(error.code);
}

function cannotSupervise(call: (typeof CALLS)[number], errno: number): GovernorError {
  const what = 'start programs, because it could not end them';
  if (call !== 'proc') return refusedCall(what, call, errno);
  return new GovernorError('NOT_SUPPORTED', `cannot ${what}: /proc does not show its own processes; mount it`);
}

function eventOf(kind: number, rank: number, value: number, call: number): WardenEvent | null {
  switch (EVENTS[kind]) {
    case 'started':
      return { event: 'started', rank, pid: value };
    case 'not-started':
      return { event: 'not-started', rank, errno: value, syscall: CALLS[call]! };
    case 'ended':
      return { event: 'ended', rank, exit: exitOf(value) };
    case 'finished':
      return { event: 'finished' };
    case 'answered':
      return { event: 'answered' };
    case 'left':
      return { event: 'left', pid: value };
    case 'refused':
      return { event: 'refused', error: cannotSupervise(CALLS[call]!, value) };
    default:
      return null;
  }
}

const SIGNAL_NAMES = new Map(
  Object.entries(constants.signals).map(([name, number]) => [number, name as NodeJS.Signals]),
);

/** Reads a status of wait(2): the low seven bits are the signal; if they are 0, the next eight are the exit status. */
function exitOf(status: number): RankExit {
  const signal = status & 0x7f;
  return signal === 0
    ? { code: (status >> 8) & 0xff, signal: null }
    : { code: null, signal: SIGNAL_NAMES.get(signal) ?? 'SIGKILL' };
}
