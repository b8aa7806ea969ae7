import { closeSync, constants, createWriteStream, fstatSync, ftruncateSync, mkdirSync, openSync } from 'node:fs';
import { Socket } from 'node:net';
import type { Writable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { LinePrefixer } from '../../core/launch/lines.js';
import { badInput, outputLost, type GovernorError } from '../../errors.js';
import { exactPath } from '../exact-text.js';
import { native } from '../native.js';

const { O_CREAT, O_DIRECTORY, O_NOCTTY, O_NOFOLLOW, O_NONBLOCK, O_RDONLY, O_WRONLY } = constants;

/** Without timers/promises, which takes longer to load. */
const nextTurn = (): Promise<void> =>
  new Promise(resolve => {
    setImmediate(resolve);
  });

/** One of a rank's two streams of output. */
export type RankStream = 'stdout' | 'stderr';

/** What happens to the output of ranks. */
export interface RankOutputOptions {
  /** returns what is written before each line of a rank; null, the default: bytes are passed on unchanged */
  prefix: ((rank: number, stream: RankStream) => string) | null;
  /** whether a rank's output is hidden; a log file gets it all the same; default: none is */
  quiet: (rank: number) => boolean;
  /** directory for a log file of each rank, `rank-0.log`, created if missing; null, the default: no logs */
  logDirectory: string | null;
  /**
   * stream for the ranks' stdout, used only with a prefix or logs: otherwise ranks write to this process's stdout
   * themselves; default: this process's stdout
   */
  stdout: Writable;
  /** the same for the ranks' stderr */
  stderr: Writable;
}

/** The same, with streams that are created when something is written. */
export type LateOutputOptions = Omit<RankOutputOptions, RankStream> & Readonly<Record<RankStream, () => Writable>>;

/** Passes on the output of ranks line by line, no faster than it is read. */
export class RankOutput {
  private readonly logs = new Map<number, Writable>();
  private readonly open = new Set<Promise<void>>();
  private readonly targets = new Map<RankStream, Writable>();
  /** pieces that wait for a slow reader */
  private waiting = 0;
  /** output has arrived since `drained` last checked */
  private arrived = false;
  /** the first output that could not be written, OUTPUT_LOST; null: none */
  lost: GovernorError | null = null;

  /** @throws GovernorError BAD_INPUT if the directory or a file in it cannot be created */
  constructor(
    ranks: number,
    private readonly options: LateOutputOptions,
  ) {
    if (options.logDirectory === null) return;
    try {
      this.openLogs(options.logDirectory, ranks);
    } catch (error) {
      throw badInput(
        'output.logDirectory',
        options.logDirectory,
        `a directory that can be created and written (${(error as Error).message})`,
      );
    }
  }

  /** Whoever owns the directory may put a link in its place, so the files are opened through its descriptor. */
  private openLogs(path: string, ranks: number): void {
    mkdirSync(exactPath(path), { recursive: true });
    const directory = openSync(exactPath(path), O_RDONLY | O_DIRECTORY);
    try {
      for (let rank = 0; rank < ranks; rank++) {
        const descriptor = openLog(`/proc/self/fd/${directory}/rank-${rank}.log`);
        const log = createWriteStream('', { fd: descriptor });
        this.logs.set(rank, log);
        log.on('error', error => this.loses(`the log of rank ${rank}`, error));
      }
    } finally {
      closeSync(directory);
    }
  }

  /** The ranks go on without it. */
  private loses(what: string, error: Error): void {
    this.lost ??= outputLost(what, error);
  }

  /** The standard streams of a rank that starts; `close` closes our copies. Rank 0 gets our stdin. */
  descriptors(rank: number): { stdio: [number, number, number]; close: () => void } {
    const input = rank === 0 ? 0 : openSync('/dev/null', 'r');
    const out = this.sink(rank, 'stdout');
    const err = this.sink(rank, 'stderr');
    const close = () => {
      if (input !== 0) closeSync(input);
      for (const sink of [out, err]) if (sink.close) closeSync(sink.descriptor);
    };
    return { stdio: [input, out.descriptor, err.descriptor], close };
  }

  /**
   * Resolves when all output of the ranks is passed on, however slow its reader is. A process that outlives its rank
   * and keeps a pipe open is waited for only as long as it writes.
   * @param quietMs how long no output may arrive before we stop waiting
   */
  async drained(quietMs: number): Promise<void> {
    const all = Promise.all(this.open).then((): true => true);
    do this.arrived = false;
    while (!(await within(all, quietMs)) && (this.waiting > 0 || this.arrived));
    await Promise.all([
      ...[...this.targets.values()].map(flushed),
      ...[...this.logs.values()].map(log => finished(log.end()).catch(() => {})),
    ]);
  }

  /** Output that is not changed goes straight to our own streams. */
  private sink(rank: number, stream: RankStream): { descriptor: number; close: boolean } {
    const { prefix, quiet, logDirectory } = this.options;
    const hidden = quiet(rank);
    if (prefix === null && !hidden && logDirectory === null)
      return { descriptor: stream === 'stdout' ? 1 : 2, close: false };
    if (hidden && logDirectory === null) return { descriptor: openSync('/dev/null', 'w'), close: true };
    const { read, write } = native.makePipe();
    this.open.add(this.relay(read, rank, stream, hidden));
    return { descriptor: write, close: true };
  }

  private async relay(pipe: number, rank: number, stream: RankStream, hidden: boolean): Promise<void> {
    await nextTurn(); // starting the ranks comes first
    const source = new Socket({ fd: pipe, readable: true, writable: false });
    const lines = new LinePrefixer(this.options.prefix?.(rank, stream) ?? '');
    const shown = (text: Buffer) => this.pass(this.target(stream), text);
    source.on('error', () => {}); // 'close' follows
    for await (const piece of source as AsyncIterable<Buffer>) {
      await this.log(rank, piece);
      if (!hidden) await shown(this.options.prefix ? lines.add(piece) : piece);
    }
    if (!hidden && this.options.prefix) await shown(lines.end());
  }

  private target(stream: RankStream): Writable {
    const known = this.targets.get(stream);
    if (known) return known;
    const target = this.options[stream]();
    this.targets.set(stream, target);
    target.on('error', error => this.loses(`the ranks' output to ${stream}`, error));
    return target;
  }

  private async log(rank: number, piece: Buffer): Promise<void> {
    if (this.options.logDirectory === null) return;
    await this.pass(this.logs.get(rank)!, piece);
  }

  /** Waits if the reader is slow. */
  private async pass(target: Writable, text: Buffer): Promise<void> {
    this.arrived = true;
    if (text.length === 0 || target.destroyed || target.write(text)) return;
    this.waiting++;
    await new Promise<void>(resolve => {
      const done = () => {
        for (const event of ['drain', 'error', 'close']) target.off(event, done);
        resolve();
      };
      for (const event of ['drain', 'error', 'close']) target.once(event, done);
    });
    this.waiting--;
  }
}

/** Not what a link leads to, and no pipe, which would wait for a reader. */
function openLog(path: string): number {
  const file = openSync(path, O_WRONLY | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY, 0o666);
  try {
    if (!fstatSync(file).isFile()) throw new Error(`${path.replace(/^.*\//, '')} is no regular file`);
    ftruncateSync(file);
    return file;
  } catch (error) {
    closeSync(file);
    throw error;
  }
}

/** Whether it is done in time. */
async function within(done: Promise<true>, milliseconds: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<false>(resolve => {
    timer = setTimeout(() => resolve(false), milliseconds);
  });
  const result = await Promise.race([done, late]);
  clearTimeout(timer);
  return result;
}

/** Resolves when all that was written to the stream has left it. */
function flushed(target: Writable): Promise<void> {
  return new Promise(resolve => void (target.destroyed ? resolve() : target.write('', () => resolve())));
}
