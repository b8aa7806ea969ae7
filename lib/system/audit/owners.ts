import type { LoadedModule, ThreadOwner } from '../../core/audit/audited.js';
import { groupedByPid, type ThreadUse } from '../../core/audit/demand.js';
import { SIZE_VARIABLES } from '../../core/audit/libraries.js';
import { modulesOf, ownersOf } from '../../core/audit/owner.js';
import { THREAD_KINDS, type OwnersRecord, type ThreadSamplesRecord } from '../../core/records.js';
import { native } from '../native.js';

/** Milliseconds after which all is read again: a library may be loaded meanwhile, or a pool change its size. */
const FRESH = 10_000;

/** What a process's memory tells of the whole of it. */
interface Loaded {
  modules: readonly LoadedModule[];
  /** why it could not be read; null where it could */
  denied: string | null;
}

const NOTHING: Loaded = { modules: [], denied: null };

interface Known {
  startTime: number;
  owner: ThreadOwner;
  settled: boolean;
}

/**
 * Who made the threads of some processes. Each thread is asked for once, until all are asked for again. An answer counts
 * when a later look finds the thread still there: else its number may have been another's as the answer was found.
 */
export class Owners {
  private readonly processes = new Map<number, Loaded>();
  private known = new Map<number, Known>();
  private told = new Map<number, Known>(); // not found there yet
  private askedAll = -Infinity;

  of(thread: ThreadUse): ThreadOwner | null {
    return this.knownOf(thread)?.owner ?? null;
  }

  loadedBy(pid: number): Loaded {
    return this.processes.get(pid) ?? NOTHING;
  }

  /** Asks for those threads that are not known yet. Whether any was asked for: then a look is to follow. */
  async read(threads: readonly ThreadUse[]): Promise<boolean> {
    const now = performance.now();
    const all = now - this.askedAll > FRESH;
    const wanted = groupedByPid(all ? threads : threads.filter(thread => !this.knownOf(thread)?.settled));
    if (wanted.size === 0) return false;
    const records = await native.readOwners(
      [...wanted].map(([pid, own]) => [pid, own.map(thread => thread.tid)]),
      SIZE_VARIABLES,
    );
    if (all) {
      this.askedAll = now;
      this.known = new Map();
      this.processes.clear();
    }
    this.told = new Map();
    for (const record of records) this.learn(record, wanted.get(record.pid) ?? []);
    return true;
  }

  /** A look after the reading. */
  confirm({ tid, startTime }: ThreadSamplesRecord): void {
    for (let i = 0; i < tid.length; i++) {
      const found = this.told.get(tid[i]!);
      if (found && found.startTime === startTime[i]) this.known.set(tid[i]!, found);
    }
    this.told = new Map();
  }

  private learn(record: OwnersRecord, threads: readonly ThreadUse[]): void {
    this.processes.set(record.pid, {
      modules: modulesOf(record),
      denied: record.denied === 0 ? null : deniedName(record.denied),
    });
    const owners = ownersOf(record, new Map(threads.map(thread => [thread.tid, thread.name])));
    const starting = new Set(record.tid.filter((_, i) => THREAD_KINDS[record.kind[i]!] === 'starting'));
    for (const { tid, startTime } of threads) {
      const owner = owners.get(tid);
      if (owner) this.told.set(tid, { startTime, owner, settled: !starting.has(tid) });
    }
  }

  private knownOf({ tid, startTime }: ThreadUse): Known | undefined {
    const known = this.known.get(tid);
    return known?.startTime === startTime ? known : undefined;
  }
}

function deniedName(errno: number): string {
  return errno === 1 ? 'EPERM' : errno === 13 ? 'EACCES' : errno === 3 ? 'ESRCH' : `errno ${errno}`;
}
