import { write } from 'node:fs';
import { Writable } from 'node:stream';

/**
 * A stream to a descriptor that is not ours to change: process.stdout would make a pipe that others share non-blocking,
 * and hold the event loop up while its reader is slow. Where the reader has gone, or the disk is full, that is told once,
 * and what follows is dropped.
 */
export function writerTo(descriptor: number, onGone: () => void = () => {}): Writable {
  let gone = false;
  const writeAll = (chunk: Buffer, done: (error?: Error | null) => void): void => {
    if (gone || chunk.length === 0) return done();
    write(descriptor, chunk, 0, chunk.length, null, (error, written) => {
      if (!error && written === chunk.length) return done();
      if (!error) return writeAll(chunk.subarray(written), done);
      if (error.code === 'EAGAIN') return void setTimeout(() => writeAll(chunk, done), 5);
      gone = true;
      onGone();
      done();
    });
  };
  return new Writable({
    highWaterMark: 256 * 1024,
    write: (chunk: Buffer, _encoding, done) => writeAll(chunk, done),
    writev: (chunks: { chunk: Buffer }[], done) => writeAll(Buffer.concat(chunks.map(({ chunk }) => chunk)), done),
  });
}
