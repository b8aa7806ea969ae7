import { identity } from './process-tree.js';
import type { ProcessRecord } from './records.js';

type Program = Pick<ProcessRecord, 'pid' | 'ppid' | 'startTime'> & { executable: string };

/** Identifies what a process runs: its pid, its start time and its executable, which an exec changes. */
export function programOf(process: Program): string {
  return `${identity(process)} ${process.executable}`;
}
