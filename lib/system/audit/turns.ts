import { setImmediate as nextTurn } from 'node:timers/promises';

/** Milliseconds that are spent at a time; others get the event loop in between. */
const TURN = 10;

/** Maps a long list without holding the event loop up. */
export async function inTurns<Item, Result>(
  items: readonly Item[],
  map: (item: Item) => Result,
  signal?: AbortSignal,
): Promise<Result[]> {
  const results: Result[] = [];
  let began = performance.now();
  for (const item of items) {
    results.push(map(item));
    if (performance.now() - began < TURN) continue;
    await nextTurn();
    signal?.throwIfAborted();
    began = performance.now();
  }
  return results;
}
