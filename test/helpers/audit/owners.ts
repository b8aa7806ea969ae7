import { readdirSync } from 'node:fs';
import { THREAD_KINDS, type OwnersRecord } from '../../../lib/core/audit/records.js';
import { readOwners } from '../../../lib/system/audit/read-owners.js';

export function threadsOf(pid: number): number[] {
  return readdirSync(`/proc/${pid}/task`).map(Number);
}

/** The owners of all threads of a process, once all have run: until then their start routines are unknown. */
export async function ownersOf(pid: number): Promise<OwnersRecord> {
  for (;;) {
    const [record] = await readOwners([[pid, threadsOf(pid)]], []);
    if (!record!.kind.includes(THREAD_KINDS.indexOf('starting'))) return record!;
  }
}

/** The number of threads by kind, routine and file: `pthread wait_for_ever /tmp/program`. */
export function countedStarts({ tid, kind, start, routines, modules }: OwnersRecord): Record<string, number> {
  const counts: Record<string, number> = {};
  for (let i = 0; i < tid.length; i++) {
    const routine = routines[start[i]!];
    const said = [THREAD_KINDS[kind[i]!], routine?.symbol, modules[routine?.module ?? -1]?.path]
      .filter(word => word !== undefined)
      .join(' ');
    counts[said] = (counts[said] ?? 0) + 1;
  }
  return counts;
}
