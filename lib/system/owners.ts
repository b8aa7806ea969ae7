import type { LoadedModule, Owner } from '../core/audited.js';
import { DemandWindow, groupedByPid, threadKey, type ThreadUse } from '../core/demand.js';
import { SIZE_VARIABLES } from '../core/libraries.js';
import { modulesOf, ownersOf } from '../core/owner.js';
import { THREAD_KINDS, type OwnersRecord } from '../core/records.js';
import { native } from './native.js';

/** Milliseconds after which all is read again: a library may be loaded meanwhile, or a pool change its size. */
const FRESH = 10_000;

/** What a process's memory tells of the whole of it. */
interface Loaded {
  modules: readonly LoadedModule[];
  /** why it could not be read; null where it could */
  denied: string | null;
}

const NOTHING: Loaded = { modules: [], denied: null };

/** Who made the threads of some processes. Each thread is asked for once, until all are asked for again. */
export class Owners {
  private readonly known = new Map<string, { owner: Owner; settled: boolean }>();
  private readonly processes = new Map<number, Loaded>();
  private readAt = -Infinity;

  of(thread: ThreadUse): Owner | null {
    return this.known.get(threadKey(thread))?.owner ?? null;
  }

  loadedBy(pid: number): Loaded {
    return this.processes.get(pid) ?? NOTHING;
  }

  /** Asks for those threads that are not known yet. */
  async read(threads: readonly ThreadUse[]): Promise<void> {
    const all = performance.now() - this.readAt > FRESH;
    const wanted = groupedByPid(all ? threads : threads.filter(thread => !this.known.get(threadKey(thread))?.settled));
    if (wanted.size === 0) return;
    const asked = performance.now();
    const records = await native.readOwners([...wanted].map(([pid, own]) => [pid, own.map(thread => thread.tid)]), SIZE_VARIABLES);
    const there = await threadsOf([...wanted.keys()]);
    if (all) {
      this.readAt = asked;
      this.known.clear();
      this.processes.clear();
    }
    for (const record of records) this.learn(record, wanted.get(record.pid) ?? [], there);
  }

  /** A thread that is not there any more is not learnt: its number may have been another's as the answer was found. */
  private learn(record: OwnersRecord, threads: readonly ThreadUse[], there: ReadonlySet<string>): void {
    this.processes.set(record.pid, { modules: modulesOf(record), denied: record.denied === 0 ? null : deniedName(record.denied) });
    const owners = ownersOf(record, new Map(threads.map(thread => [thread.tid, thread.name])));
    const kinds = new Map(Array.from(record.tid, (tid, i) => [tid, THREAD_KINDS[record.kind[i]!]]));
    for (const thread of threads) {
      const owner = owners.get(thread.tid);
      const key = threadKey(thread);
      if (owner && there.has(key)) this.known.set(key, { owner, settled: kinds.get(thread.tid) !== 'starting' });
    }
  }
}

async function threadsOf(pids: readonly number[]): Promise<Set<string>> {
  const look = new DemandWindow();
  look.add(await native.sampleThreads(pids));
  return new Set(look.result().map(threadKey));
}

function deniedName(errno: number): string {
  return errno === 1 ? 'EPERM' : errno === 13 ? 'EACCES' : errno === 3 ? 'ESRCH' : `errno ${errno}`;
}
