import { closeSync, createWriteStream, mkdirSync, openSync } from 'node:fs';
import { Socket } from 'node:net';
import { join } from 'node:path';
import type { Writable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { LinePrefixer } from '../../core/launch/lines.js';
import { badInput } from '../../errors.js';
import { native } from '../native.js';

/** timers/promises takes longer to load. */
const nextTurn = (): Promise<void> =>
  new Promise(resolve => {
    setImmediate(resolve);
  });

type Stream = 'stdout' | 'stderr';

/** Where the output of ranks goes. */
export interface RankOutputOptions {
  /** what stands before each line of a rank; null: bytes are passed on as they come */
  prefix: ((rank: number, stream: Stream) => string) | null;
  /** whose output is not passed on */
  quiet: (rank: number) => boolean;
  /** a directory with a file for each rank; null: none */
  logDirectory: string | null;
  stdout: Writable;
  stderr: Writable;
}

/** The same, with streams that are made when something is written. */
export type LateOutputOptions = Omit<RankOutputOptions, Stream> & Readonly<Record<Stream, () => Writable>>;

/** Passes the output of ranks on, a line at a time, no faster than it is read. */
export class RankOutput {
  private readonly logs = new Map<number, Writable>();
  private readonly open = new Set<Promise<void>>();
  private readonly targets = new Map<Stream, Writable>();
  /** pieces that somebody is slow to take */
  private passing = 0;
  private moved = false;

  /** @throws GovernorError BAD_INPUT where the directory or a file in it cannot be made */
  constructor(
    ranks: number,
    private readonly options: LateOutputOptions,
  ) {
    if (options.logDirectory === null) return;
    try {
      mkdirSync(options.logDirectory, { recursive: true });
      for (let rank = 0; rank < ranks; rank++)
        this.logs.set(rank, logFile(join(options.logDirectory, `rank-${rank}.log`)));
    } catch (error) {
      throw badInput(
        'output.logDirectory',
        options.logDirectory,
        `a directory that can be created and written (${(error as Error).message})`,
      );
    }
  }

  /** Descriptors for a rank that starts, and what closes ours. Rank 0 has our stdin. */
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
   * When all that ranks have written is passed on, however slow its reader is. What keeps a pipe open after its rank and
   * writes nothing does not hold us up for longer than the patience.
   */
  async drained(patience: number): Promise<void> {
    const all = Promise.all(this.open).then((): true => true);
    do this.moved = false;
    while (!(await within(all, patience)) && (this.passing > 0 || this.moved));
    await Promise.all([
      ...[...this.targets.values()].map(flushed),
      ...[...this.logs.values()].map(log => finished(log.end()).catch(() => {})),
    ]);
  }

  /** Untouched output goes straight to where ours goes. */
  private sink(rank: number, stream: Stream): { descriptor: number; close: boolean } {
    const { prefix, quiet, logDirectory } = this.options;
    const hidden = quiet(rank);
    if (prefix === null && !hidden && logDirectory === null)
      return { descriptor: stream === 'stdout' ? 1 : 2, close: false };
    if (hidden && logDirectory === null) return { descriptor: openSync('/dev/null', 'w'), close: true };
    const { read, write } = native.makePipe();
    this.open.add(this.relay(read, rank, stream, hidden));
    return { descriptor: write, close: true };
  }

  private async relay(pipe: number, rank: number, stream: Stream, hidden: boolean): Promise<void> {
    await nextTurn(); // the ranks are started first
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

  private target(stream: Stream): Writable {
    const target = this.targets.get(stream) ?? this.options[stream]();
    this.targets.set(stream, target);
    return target;
  }

  private async log(rank: number, piece: Buffer): Promise<void> {
    if (this.options.logDirectory === null) return;
    await this.pass(this.logs.get(rank)!, piece);
  }

  /** Waits where the other end is slow. */
  private async pass(target: Writable, text: Buffer): Promise<void> {
    this.moved = true;
    if (text.length === 0 || target.destroyed || target.write(text)) return;
    this.passing++;
    await new Promise<void>(resolve => {
      const done = () => {
        for (const event of ['drain', 'error', 'close']) target.off(event, done);
        resolve();
      };
      for (const event of ['drain', 'error', 'close']) target.once(event, done);
    });
    this.passing--;
  }
}

/** A log that cannot be written any more, on a full disk, is left off; the rank goes on. */
function logFile(path: string): Writable {
  return createWriteStream(path, { fd: openSync(path, 'w') }).on('error', () => {});
}

/** Whether it is done within that many milliseconds. */
async function within(done: Promise<true>, milliseconds: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<false>(resolve => {
    timer = setTimeout(() => resolve(false), milliseconds);
  });
  const result = await Promise.race([done, late]);
  clearTimeout(timer);
  return result;
}

/** When all that was written before is. */
function flushed(target: Writable): Promise<void> {
  return new Promise(resolve => void (target.destroyed ? resolve() : target.write('', () => resolve())));
}
