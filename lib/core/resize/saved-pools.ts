import { z } from 'zod';
import type { LivePoolRecord } from './records.js';

const POOL = z.strictObject({
  module: z.string(),
  address: z.int().min(1),
  threads: z.int().min(1).max(65_536),
});
const SAVED = z.strictObject({
  format: z.literal('thread-governor pools 1'),
  boot: z.string(),
  pid: z.int().min(1),
  startTime: z.int().min(0),
  pools: z.array(POOL),
});

/** A pool, and its size before the first resize. */
export type SavedPool = z.infer<typeof POOL>;
/** The pools of a process that were resized. */
export type SavedPools = z.infer<typeof SAVED>;

export function formatSavedPools(saved: Omit<SavedPools, 'format'>): string {
  return `${JSON.stringify({ format: 'thread-governor pools 1', ...saved })}\n`;
}

/** Reads the text of `formatSavedPools`; null for anything else. */
export function parseSavedPools(text: string): SavedPools | null {
  try {
    return SAVED.safeParse(JSON.parse(text)).data ?? null;
  } catch {
    return null;
  }
}

/** Adds pools that are about to be resized. Those that were before keep the sizes that they had first. */
export function withPools(saved: readonly SavedPool[], pools: readonly LivePoolRecord[]): SavedPool[] {
  const known = new Set(saved.map(keyOf));
  return [
    ...saved,
    ...pools
      .filter(pool => !known.has(keyOf(pool)))
      .map(({ module, address, threads }) => ({ module, address, threads })),
  ];
}

function keyOf({ module, address }: Pick<SavedPool, 'module' | 'address'>): string {
  return `${address} ${module}`;
}
