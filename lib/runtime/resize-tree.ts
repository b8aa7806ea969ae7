import { outcomeOf } from '../core/resize/outcome.js';
import { isChange, wishesFor, wishesForUndo, type ProcessWish, type SizeOf } from '../core/resize/plan.js';
import type { PoolsRecord } from '../core/resize/records.js';
import type { SavedPool } from '../core/resize/saved-pools.js';
import { isComplete, type ResizeResult } from '../core/resize/result.js';
import type { ProcessRecord } from '../core/processes/records.js';
import { GovernorError } from '../errors.js';
import { readTreeOf } from '../system/processes/hold-affinities.js';
import type { TreeProcess } from '../system/processes/processes.js';
import { requireOwnProcesses } from '../system/resize/own-processes.js';
import { changePools, readPools, tidsOf } from '../system/resize/pools.js';
import { forgetPools, loadPools, savePools } from '../system/resize/saved-pools.js';
import { threadsByLibrary } from '../system/resize/threads-by-library.js';

/** How the pools of a tree are resized. */
export interface TreeResizing {
  /** the sizes for its processes, the root first; `before`: those from before the first resize */
  sizes: 'before' | ((tree: readonly TreeProcess[]) => SizeOf<TreeProcess>);
  /** change nothing; default false */
  dryRun?: boolean | undefined;
  /** as root, also resize pools in processes of other users; default false */
  otherUsers?: boolean | undefined;
  /** ends it, before anything is changed */
  signal?: AbortSignal | undefined;
}

/**
 * Resizes the pools of a process and its descendants, and reads them again. Nothing is written if no pool is to change.
 * @throws GovernorError NO_SUCH_PROCESS, NOT_PERMITTED, NOT_SAVED, LIMIT_REACHED; the signal's reason. Then nothing was
 * changed.
 */
export async function resizeTree(root: ProcessRecord, resizing: TreeResizing): Promise<ResizeResult> {
  const { sizes, dryRun = false, otherUsers = false, signal } = resizing;
  const tree = readTreeOf(root);
  const { pid, comm: command } = root;
  if (tree.length === 0)
    throw new GovernorError('NO_SUCH_PROCESS', `pid ${pid} (${command}) has ended, or is a thread`, { pid });
  const threads = tree.map(one => [one.pid, tidsOf(one.pid)] as const);
  const before = await readPools(threads, signal);
  const threadsOf = await threadsByLibrary(threads, signal);
  const wishes = sizes === 'before' ? wishesOfUndo(tree, before) : wishesOf(tree, before, sizes(tree));
  signal?.throwIfAborted();
  const wanted = wishes.some(one => one.wishes.some(wish => wish.wanted !== null));
  if (wanted) requireOwnProcesses(tree, before, otherUsers);
  const changing = wanted && !dryRun && wishes.some(one => one.wishes.some(isChange));
  if (changing && sizes !== 'before') for (const wish of wishes) savePools(wish);
  const changed = changing ? await changePools(wishes) : null;
  const after = changing ? await readPools(threads) : null;
  const processes = tree.map((process, i) =>
    outcomeOf(process, {
      wishes: wishes[i]!.wishes,
      before: before.get(process.pid)!,
      changed: changed?.get(process.pid) ?? null,
      after: after?.get(process.pid) ?? null,
      threads: threadsOf.get(process.pid) ?? new Map(),
    }),
  );
  if (sizes === 'before' && !dryRun)
    for (const one of processes) if (isComplete({ processes: [one] })) forgetPools(one);
  return { pid, command, dryRun: dryRun || !wanted, undo: sizes === 'before', processes };
}

function wishesOf(
  tree: readonly TreeProcess[],
  pools: ReadonlyMap<number, PoolsRecord>,
  sizeOf: SizeOf<TreeProcess>,
): ProcessWish[] {
  return tree.map(process => ({
    pid: process.pid,
    startTime: process.startTime,
    wishes: wishesFor(process, pools.get(process.pid)!.pools, sizeOf),
  }));
}

/** A process that was forked after the resize has the pools of its parent, at the same addresses. */
function wishesOfUndo(tree: readonly TreeProcess[], pools: ReadonlyMap<number, PoolsRecord>): ProcessWish[] {
  const saved = new Map<number, readonly SavedPool[]>();
  for (const process of tree) {
    const own = loadPools(process);
    saved.set(process.pid, own.length > 0 ? own : (saved.get(process.ppid) ?? []));
  }
  const [{ pid, comm }] = tree as [TreeProcess];
  if ([...saved.values()].every(own => own.length === 0))
    throw new GovernorError(
      'NOT_SAVED',
      `pid ${pid} (${comm}): nothing to undo: this user has not resized its pools, or it has been undone since`,
      { pid },
    );
  return tree.map(process => ({
    pid: process.pid,
    startTime: process.startTime,
    wishes: wishesForUndo(pools.get(process.pid)!.pools, saved.get(process.pid)!),
  }));
}
