import { threadsOfBudget } from '../core/resize/budgeted.js';
import { MOST_POOL_THREADS, type SizeOf } from '../core/resize/plan.js';
import { RESIZABLE, resizableNamed } from '../core/resize/resizable.js';
import type { ResizeResult } from '../core/resize/result.js';
import { badInput } from '../errors.js';
import { readHost } from '../system/machine/host.js';
import { withOwnErrors } from '../system/os-errors.js';
import { requireProcess, type TreeProcess } from '../system/processes/processes.js';
import { resizeTree } from '../runtime/resize-tree.js';

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
  return withOwnErrors(resizePid(pid, options));
}

async function resizePid(pid: number, options: ResizeOptions): Promise<ResizeResult> {
  const library = checked(options);
  options.signal?.throwIfAborted();
  return resizeTree(requireProcess(pid), {
    ...options,
    sizes: options.undo ? 'before' : tree => sizesFor(tree, options, library),
  });
}

function sizesFor(
  tree: readonly TreeProcess[],
  { threads, budget }: ResizeOptions,
  library: string | null,
): SizeOf<TreeProcess> {
  const ofBudget = budget ? threadsOfBudget(readHost({ pid: tree[0]!.pid }), tree) : null;
  return (process, of) => (library === null || of === library ? (ofBudget?.(process) ?? threads ?? null) : null);
}

function checked({ threads, budget, library, undo }: ResizeOptions): string | null {
  if (threads !== undefined && !(Number.isInteger(threads) && threads >= 1 && threads <= MOST_POOL_THREADS))
    throw badInput('threads', threads, `an integer from 1 to ${MOST_POOL_THREADS}`);
  if (threads !== undefined && (budget || undo)) throw badInput('threads', threads, 'one of threads, budget and undo');
  if (budget && undo) throw badInput('budget', budget, 'one of threads, budget and undo');
  if (library === undefined) return null;
  if (undo) throw badInput('library', library, 'none with undo, which is about all pools');
  const known = resizableNamed(library);
  if (known === null) throw badInput('library', library, `one of ${RESIZABLE.join(', ')}`);
  return known;
}
