import { processTree } from '../../core/processes/process-tree.js';
import type { ProcessRecord, ThreadSamplesRecord } from '../../core/records.js';
import { GovernorError } from '../../errors.js';
import { native } from '../native.js';

/** Clock ticks a second in which /proc counts CPU time: USER_HZ, 100 on every platform of Linux that we know. */
export const TICKS = 100;

/** A process tree and its threads at one moment. */
export interface Look {
  /** all processes of the machine */
  all: readonly ProcessRecord[];
  /** the root first */
  tree: readonly ProcessRecord[];
  threads: ThreadSamplesRecord;
  /** when it was done, and how long it took: milliseconds of performance.now() */
  at: number;
  cost: number;
}

/** @throws GovernorError NO_SUCH_PROCESS where the root has ended */
export async function lookAt(root: ProcessRecord): Promise<Look> {
  const began = performance.now();
  const all = await native.listProcesses();
  const tree = processTree(all, root.pid).filter(member => member.pid !== process.pid || root.pid === process.pid);
  if (tree[0]?.startTime !== root.startTime) {
    throw new GovernorError('NO_SUCH_PROCESS', `pid ${root.pid} ended while it was audited; audit it while it works`, {
      pid: root.pid,
    });
  }
  const threads = await native.sampleThreads(tree.map(member => member.pid));
  const at = performance.now();
  return { all, tree, threads, at, cost: at - began };
}
