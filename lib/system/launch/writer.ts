import { write } from 'node:fs';
import { Writable } from 'node:stream';

/** How soon a full pipe is written again. */
const RETRY_AFTER_MS = 5;

/**
 * A stream to a descriptor that we share with others. process.stdout would make a shared pipe non-blocking, and block
 * the event loop while the pipe's reader is slow. If a write fails, because the reader has gone or the disk is full,
 * `onGone` is called once and all later output is dropped.
 */
export function writerTo(descriptor: number, onGone: (error: NodeJS.ErrnoException) => void = () => {}): Writable {
  let gone = false;
  const writeAll = (chunk: Buffer, done: (error?: Error | null) => void): void => {
    if (gone || chunk.length === 0) return done();
    write(descriptor, chunk, 0, chunk.length, null, (error, written) => {
      if (!error && written === chunk.length) return done();
      if (!error) return writeAll(chunk.subarray(written), done);
      if (error.code === 'EAGAIN') return void setTimeout(() => writeAll(chunk, done), RETRY_AFTER_MS);
      gone = true;
      onGone(error);
      done();
    });
  };
  return new Writable({
    highWaterMark: 256 * 1024,
    write: (chunk: Buffer, _encoding, done) => writeAll(chunk, done),
    writev: (chunks: { chunk: Buffer }[], done) => writeAll(Buffer.concat(chunks.map(({ chunk }) => chunk)), done),
  });
}
