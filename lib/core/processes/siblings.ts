import { identity } from './process-tree.js';
import type { ProcessRecord } from './records.js';

type Program = Pick<ProcessRecord, 'pid' | 'ppid' | 'startTime'> & { executable: string };

/** Identifies what a process runs: its pid, its start time and its executable, which an exec changes. */
export function programOf(process: Program): string {
  return `${identity(process)} ${process.executable}`;
}

/** The processes of a tree that have a sibling which runs the same executable, as `programOf` names them. */
export function siblingsIn(tree: readonly Program[]): Set<string> {
  const families = new Map<string, Program[]>();
  for (const process of tree) {
    const family = `${process.ppid} ${process.executable}`;
    families.set(family, [...(families.get(family) ?? []), process]);
  }
  return new Set([...families.values()].filter(family => family.length > 1).flatMap(family => family.map(programOf)));
}
