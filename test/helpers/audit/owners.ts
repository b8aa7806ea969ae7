import { readdirSync } from 'node:fs';
import { THREAD_KINDS, type OwnersRecord } from '../../../lib/core/records.js';
import { native } from '../../../lib/system/native.js';

/** What the addon tells of all threads of a process, once each of them has run: until then nothing tells where it starts. */
export async function ownersOf(pid: number): Promise<OwnersRecord> {
  for (;;) {
    const [record] = await native.readOwners([[pid, readdirSync(`/proc/${pid}/task`).map(Number)]], []);
    if (!record!.kind.includes(THREAD_KINDS.indexOf('starting'))) return record!;
  }
}

/** How many threads have each kind, routine and file: `pthread wait_for_ever /tmp/program`. */
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
