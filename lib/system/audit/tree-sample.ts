import { programTree, type ProgramTree } from '../../core/processes/governor-inside.js';
import { processTree } from '../../core/processes/process-tree.js';
import type { ProcessRecord, ThreadSamplesRecord } from '../../core/processes/records.js';
import { GovernorError } from '../../errors.js';
import { native } from '../native.js';
import { listProcesses, readCommandLine } from '../processes/processes.js';

/** The unit of CPU time in /proc: USER_HZ, which is 100 on every Linux platform that we know. */
export const TICKS_PER_SECOND = 100;

/** A process tree and its threads at one moment. */
export interface TreeSample extends ProgramTree<ProcessRecord> {
  /** all processes of the machine */
  all: readonly ProcessRecord[];
  /** pids of the tree, those of governors too */
  whole: ReadonlySet<number>;
  threads: ThreadSamplesRecord;
  /** when it was complete, in milliseconds of performance.now() */
  at: number;
  /** how long it took, in milliseconds */
  cost: number;
}

/**
 * Leaves out governors, and the calling process unless it is the root.
 * @throws GovernorError NO_SUCH_PROCESS if the root has ended
 */
export async function sampleTree(root: ProcessRecord): Promise<TreeSample> {
  const began = performance.now();
  const all = await listProcesses();
  const whole = processTree(all, root.pid).filter(member => member.pid !== process.pid || root.pid === process.pid);
  if (whole[0]?.startTime !== root.startTime) {
    const text = `pid ${root.pid} ended during the audit; audit it while it is running`;
    throw new GovernorError('NO_SUCH_PROCESS', text, { pid: root.pid });
  }
  const programs = programTree(whole, readCommandLine);
  const threads = await native.sampleThreads(programs.tree.map(member => member.pid));
  const at = performance.now();
  return { all, whole: new Set(whole.map(member => member.pid)), ...programs, threads, at, cost: at - began };
}
