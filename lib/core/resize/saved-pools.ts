import type { ProcessIdentity } from '../processes/records.js';
import type { LivePoolRecord } from './records.js';

/** A pool, and its size before the first resize. */
export type SavedPool = Pick<LivePoolRecord, 'module' | 'address' | 'threads'>;

/** The pools of a process that were resized. */
export interface SavedPools extends ProcessIdentity {
  /** the kernel's boot id: pids and start times are valid only until the next boot */
  boot: string;
  pools: readonly SavedPool[];
}

const HEAD = 'thread-governor pools 1';
const END = 'end';

export function formatSavedPools({ boot, pid, startTime, pools }: SavedPools): string {
  const lines = pools.map(({ address, threads, module }) => `pool ${address} ${threads} ${encodeURIComponent(module)}`);
  return [HEAD, `boot ${boot}`, `process ${pid} ${startTime}`, ...lines, END, ''].join('\n');
}

/** Reads the text of `formatSavedPools`; null for anything else. */
export function parseSavedPools(text: string): SavedPools | null {
  const [head, second, third, ...rest] = text.split('\n');
  const boot = /^boot ([\w-]{0,64})$/.exec(second ?? '')?.[1];
  const process = /^process ([1-9]\d{0,9}) (\d{1,15})$/.exec(third ?? '');
  if (head !== HEAD || boot === undefined || !process || rest.at(-2) !== END || rest.at(-1) !== '') return null;
  const pools = rest.slice(0, -2).map(poolIn);
  if (!pools.every(pool => pool !== null)) return null;
  return { boot, pid: Number(process[1]), startTime: Number(process[2]), pools };
}

function poolIn(line: string): SavedPool | null {
  const [, address, threads, module] = /^pool ([1-9]\d{0,14}) ([1-9]\d{0,3}) (\S{1,20000})$/.exec(line) ?? [];
  if (module === undefined) return null;
  try {
    return { module: decodeURIComponent(module), address: Number(address), threads: Number(threads) };
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
