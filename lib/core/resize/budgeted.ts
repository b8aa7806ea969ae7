import { computeBudget } from '../budget/budget.js';
import type { Host } from '../machine/host.js';
import { identity } from '../processes/process-tree.js';
import { findWorkers, type Member } from '../processes/workers.js';

/**
 * How many threads the budget has for each pool of a process: its share, if it is one of the tree's workers; else those
 * of a program with one worker.
 * @param tree the root first
 */
export function threadsOfBudget(host: Host, tree: readonly Member[]): (process: Member) => number {
  const workers = new Set(findWorkers(tree, tree[0]!.pid).map(identity));
  const share = computeBudget(host, { workers: Math.max(1, workers.size) }).threadsPerWorker;
  const alone = computeBudget(host, { workers: 1 }).threadsPerWorker;
  return process => (workers.has(identity(process)) ? share : alone);
}
