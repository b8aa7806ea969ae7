import { deflateSync } from 'node:zlib';

/** What a test of the vitest case does: some tenths of a second of one CPU. */
export function work(seed) {
  const text = JSON.stringify(Array.from({ length: 60_000 }, (_, i) => ({ i, value: (i * 7919 * seed) % 10_007 })));
  let length = 0;
  for (let i = 0; i < 3; i++) length += deflateSync(text).length;
  return length;
}
