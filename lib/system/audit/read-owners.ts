import { readFileSync } from 'node:fs';
import { constants } from 'node:os';
import type { OwnersRecord } from '../../core/audit/records.js';
import { THREAD_KINDS } from '../../core/audit/records.js';
import type { ThreadsOfProcesses } from '../../core/processes/records.js';
import { native } from '../native.js';
import { ifReadable } from '../os-errors.js';
import { readEach, type ReadAlong } from '../processes/read-each.js';
import { READ_LIMITS, type Unread } from '../processes/reader.js';

/**
 * Who created the threads of each process. A process that cannot be read to the end, because its memory or a file of it
 * does not answer, has an entry that says so; the others are read all the same.
 * @param variables names of exported 32-bit variables to read
 * @param along read first; if that does not answer, it gets no more answers
 * @throws the signal's reason, at once; GovernorError LIMIT_REACHED
 */
export async function readOwners(
  threads: ThreadsOfProcesses,
  variables: readonly string[],
  signal?: AbortSignal,
  along?: ReadAlong,
): Promise<OwnersRecord[]> {
  const tidsOf = new Map(threads);
  const found = await readEach<OwnersRecord>(
    threads.map(([pid]) => pid),
    left => ({ threads: threads.filter(([pid]) => left.has(pid)), variables }),
    (pid, why) => unreadOwners(pid, tidsOf.get(pid)!, why),
    signal,
    along,
  );
  for (const record of await readHere(threads, variables, found)) found.set(record.pid, record);
  return threads.map(([pid]) => found.get(pid)!);
}

/**
 * Yama may let only the ancestors of a process read it (ptrace_scope 1), which a reader is not: what we have started
 * ourselves is read in this process.
 */
async function readHere(
  threads: ThreadsOfProcesses,
  variables: readonly string[],
  found: ReadonlyMap<number, OwnersRecord>,
): Promise<OwnersRecord[]> {
  const refused = threads.filter(([pid]) => found.get(pid)?.denied === constants.errno.EPERM);
  if (refused.length === 0 || process.geteuid!() === 0 || !onlyAncestorsMayRead()) return [];
  const records = await native.readOwners(refused, variables, READ_LIMITS);
  return records.map(record => JSON.parse(record) as OwnersRecord);
}

function onlyAncestorsMayRead(): boolean {
  return ifReadable(() => readFileSync('/proc/sys/kernel/yama/ptrace_scope', 'latin1').trim() === '1', false);
}

function unreadOwners(pid: number, tids: readonly number[], unread: Unread): OwnersRecord {
  const none = tids.map(() => -1);
  const kind = tids.map(tid => THREAD_KINDS.indexOf(tid === pid ? 'main' : 'denied'));
  const lists = { modules: [], routines: [], variables: [] };
  const denied = constants.errno[unread];
  return { pid, denied, truncated: '', ...lists, tid: [...tids], kind, start: none, argument: none, workingFor: none };
}
