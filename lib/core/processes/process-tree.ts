import { hasEnded } from './has-ended.js';
import type { ProcessRecord } from './records.js';

type Listed = Pick<ProcessRecord, 'pid' | 'ppid' | 'state'> & { threads?: number };

/** A process and all its descendants, the root first, parents before children, without zombies other than the root. */
export function processTree<P extends Listed>(processes: readonly P[], root: number): P[] {
  return processTrees(processes, [root])[0]!;
}

/** The same for several roots. */
export function processTrees<P extends Listed>(processes: readonly P[], roots: readonly number[]): P[][] {
  const byPid = new Map<number, P>();
  const children = new Map<number, P[]>();
  for (const process of processes) {
    byPid.set(process.pid, process);
    const siblings = children.get(process.ppid);
    if (siblings) siblings.push(process);
    else children.set(process.ppid, [process]);
  }
  return roots.map(root => {
    const tree = [byPid.get(root)].filter(process => process !== undefined);
    const added = new Set(tree.map(process => process.pid));
    for (let i = 0; i < tree.length; i++) {
      for (const child of children.get(tree[i]!.pid) ?? []) {
        if (added.has(child.pid) || hasEnded(child)) continue;
        added.add(child.pid);
        tree.push(child);
      }
    }
    return tree;
  });
}

/** Identifies a process, even after its pid has been reused. */
export function identity(process: Pick<ProcessRecord, 'pid' | 'startTime'>): string {
  return `${process.pid}@${process.startTime}`;
}
