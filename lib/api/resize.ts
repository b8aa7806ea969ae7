import { threadsOfBudget } from '../core/resize/budgeted.js';
import { isChange, wishesFor, wishesForUndo, type PoolWish, type ProcessWish } from '../core/resize/plan.js';
import { outcomeOf } from '../core/resize/outcome.js';
import type { PoolsRecord } from '../core/resize/records.js';
import { RESIZABLE, resizableNamed } from '../core/resize/resizable.js';
import { isComplete, type ResizeResult } from '../core/resize/result.js';
import { badInput, GovernorError } from '../errors.js';
import { readHost } from '../system/machine/host.js';
import { withOwnErrors } from '../system/os-errors.js';
import { readTreeOf } from '../system/processes/hold-affinities.js';
import { requireProcess, type TreeProcess } from '../system/processes/processes.js';
import { changePools, readPools, tidsOf } from '../system/resize/pools.js';
import { requireOwnProcesses } from '../system/resize/own-processes.js';
import { forgetPools, loadPools, savePools } from '../system/resize/saved-pools.js';
import { threadsByLibrary } from '../system/resize/threads-by-library.js';

/** Which sizes `resize` gives to the pools of a tree. Without `threads`, `budget` and `undo` it only reports them. */
export interface ResizeOptions {
  /** threads of each pool, the calling one included, from 1 to 4,096; cannot be used with `budget` or `undo` */
  threads?: number | undefined;
  /** give the pools of each worker the threads that the budget has for it; default false */
  budget?: boolean | undefined;
  /** only the pools of this library: OpenBLAS, BLIS, libgomp, libomp or libiomp5; default: all */
  library?: string | undefined;
  /** give all pools the sizes back that they had before the first resize; default false */
  undo?: boolean | undefined;
  /** return what would be done, but change nothing; default false */
  dryRun?: boolean | undefined;
  /** as root, also resize pools in processes of other users; default false */
  otherUsers?: boolean | undefined;
  /** aborts, before anything is changed: the promise rejects with its reason */
  signal?: AbortSignal | undefined;
}

const MOST_THREADS = 4096;

/**
 * Resizes the thread pools of a running process and its descendants, without stopping them: from its next piece of work
 * on, a pool uses so many threads. A pool whose library cannot start threads later is resized as far as it can be. The
 * sizes from before are saved, and `undo` gives them back. The calling process is left out if it is a descendant.
 * @param pid the root of the tree
 * @param options default: only report which pools there are
 * @throws GovernorError NO_SUCH_PROCESS, also for a zombie or a kernel thread; NOT_PERMITTED, NOT_SAVED, BAD_INPUT,
 * HOST_UNREADABLE, LIMIT_REACHED. Then nothing was changed.
 * @throws the signal's reason if `signal` is aborted
 */
export function resize(pid: number, options: ResizeOptions = {}): Promise<ResizeResult> {
  return withOwnErrors(resizeTree(pid, options));
}

async function resizeTree(pid: number, options: ResizeOptions): Promise<ResizeResult> {
  const library = checked(options);
  options.signal?.throwIfAborted();
  const root = requireProcess(pid);
  const tree = readTreeOf(root);
  if (tree.length === 0)
    throw new GovernorError('NO_SUCH_PROCESS', `pid ${pid} (${root.comm}) has ended, or is a thread`, { pid });
  const threads = tree.map(one => [one.pid, tidsOf(one.pid)] as const);
  const before = await readPools(threads, options.signal);
  const threadsOf = await threadsByLibrary(threads, options.signal);
  const saved = options.undo ? savedOf(tree, root) : null;
  const wanted = options.budget ? threadsOfBudget(readHost({ pid }), tree) : () => options.threads ?? null;
  const wishes = tree.map(
    (process): ProcessWish => ({
      pid: process.pid,
      startTime: process.startTime,
      wishes: wishesOf(before.get(process.pid)!, saved?.get(process.pid) ?? null, wanted(process), library),
    }),
  );
  const changing = wishes.some(one => one.wishes.some(isChange));
  options.signal?.throwIfAborted();
  if (changing || options.undo || wantsChange(options)) requireOwnProcesses(tree, before, options.otherUsers ?? false);
  const dryRun = options.dryRun === true || !(options.undo || wantsChange(options));
  const after = !dryRun && changing ? await changed(wishes, threads, options.undo ?? false) : null;
  const meant = (of: string) => options.undo === true || (wantsChange(options) && (library === null || library === of));
  const processes = tree.map((process, i) =>
    outcomeOf(process, {
      wishes: wishes[i]!.wishes,
      wanted: options.threads ?? null,
      meant,
      before: before.get(process.pid)!,
      after: after?.get(process.pid) ?? null,
      threads: threadsOf.get(process.pid) ?? new Map(),
    }),
  );
  if (options.undo && !dryRun) for (const one of processes) if (isComplete({ processes: [one] })) forgetPools(one);
  return { pid, command: root.comm, dryRun, undo: options.undo ?? false, processes };
}

function checked({ threads, budget, library, undo }: ResizeOptions): string | null {
  if (threads !== undefined && !(Number.isInteger(threads) && threads >= 1 && threads <= MOST_THREADS))
    throw badInput('threads', threads, `an integer from 1 to ${MOST_THREADS}`);
  if (threads !== undefined && (budget || undo)) throw badInput('threads', threads, 'one of threads, budget and undo');
  if (budget && undo) throw badInput('budget', budget, 'one of threads, budget and undo');
  if (library === undefined) return null;
  if (undo) throw badInput('library', library, 'none with undo, which is about all pools');
  const known = resizableNamed(library);
  if (known === null) throw badInput('library', library, `one of ${RESIZABLE.join(', ')}`);
  return known;
}

function wantsChange({ threads, budget }: ResizeOptions): boolean {
  return threads !== undefined || budget === true;
}

type SavedPools = ReturnType<typeof loadPools>;

function savedOf(tree: readonly TreeProcess[], root: { pid: number; comm: string }): Map<number, SavedPools> {
  const saved = new Map(tree.map(process => [process.pid, loadPools(process)]));
  if ([...saved.values()].some(pools => pools.length > 0)) return saved;
  throw new GovernorError(
    'NOT_SAVED',
    `pid ${root.pid} (${root.comm}): nothing to undo: this user has not resized its pools, or it has been undone since`,
    { pid: root.pid },
  );
}

function wishesOf(
  { pools }: PoolsRecord,
  saved: SavedPools | null,
  threads: number | null,
  library: string | null,
): PoolWish[] {
  return saved ? wishesForUndo(pools, saved) : wishesFor(pools, threads, library);
}

/** Changes the pools, and reads them again. */
async function changed(
  wishes: readonly ProcessWish[],
  threads: readonly (readonly [number, readonly number[]])[],
  undo: boolean,
): Promise<Map<number, PoolsRecord>> {
  if (!undo) for (const wish of wishes) savePools(wish);
  await changePools(wishes);
  return readPools(threads);
}
