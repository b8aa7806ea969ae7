import { setImmediate as nextTurn } from 'node:timers/promises';

/** How long the event loop is held at a time. */
const LONGEST_TURN_MS = 10;

/** Maps a long list, and lets the event loop run in between. */
export async function inTurns<Item, Result>(
  items: readonly Item[],
  map: (item: Item) => Result,
  signal?: AbortSignal,
): Promise<Result[]> {
  const results: Result[] = [];
  let began = performance.now();
  for (const item of items) {
    results.push(map(item));
    if (performance.now() - began < LONGEST_TURN_MS) continue;
    await nextTurn();
    signal?.throwIfAborted();
    began = performance.now();
  }
  return results;
}
