import { constants } from 'node:os';
import type { LoadedModule, ThreadOwner } from '../../core/audit/audited.js';
import { groupedByPid, type ThreadUse } from '../../core/audit/demand.js';
import { SIZE_VARIABLES } from '../../core/audit/libraries.js';
import { modulesOf, ownersOf } from '../../core/audit/owner.js';
import type { ThreadSamplesRecord } from '../../core/processes/records.js';
import { THREAD_KINDS, type OwnersRecord } from '../../core/audit/records.js';
import type { ReadAlong } from '../processes/read-each.js';
import { readOwners } from './read-owners.js';

/** When everything is read again: meanwhile a library may be loaded, or a pool may change its size. */
const REREAD_AFTER_MS = 10_000;

/** What a process has loaded. */
interface LoadedModules {
  modules: readonly LoadedModule[];
  /** name of the error that kept us from reading it, or null */
  denied: string | null;
  /** what the reading had used up before all was read, or null */
  truncated: string | null;
}

const NOTHING_LOADED: LoadedModules = { modules: [], denied: null, truncated: null };

interface KnownOwner {
  /** of the thread */
  startTime: number;
  owner: ThreadOwner;
  /** false: the thread was just starting, so its owner is read again */
  settled: boolean;
}

/**
 * The owners of the threads of some processes. Each thread's owner is read once, until all are read again. An answer
 * counts only after a later sample has found the same thread: its tid may have belonged to another thread when the
 * owner was read.
 */
export class Owners {
  private readonly processes = new Map<number, LoadedModules>();
  private known = new Map<number, KnownOwner>();
  private unconfirmed = new Map<number, KnownOwner>();
  private readAllAt = -Infinity;

  of(thread: ThreadUse): ThreadOwner | null {
    return this.knownOf(thread)?.owner ?? null;
  }

  loadedBy(pid: number): LoadedModules {
    return this.processes.get(pid) ?? NOTHING_LOADED;
  }

  /**
   * Reads the owners that are not known yet, and what is to be read along with them.
   * @returns whether any was read; then call `confirm` with a later sample
   * @throws the signal's reason, at once
   */
  async read(threads: readonly ThreadUse[], signal?: AbortSignal, along?: ReadAlong): Promise<boolean> {
    const now = performance.now();
    const all = now - this.readAllAt > REREAD_AFTER_MS;
    const wanted = groupedByPid(all ? threads : threads.filter(thread => !this.knownOf(thread)?.settled));
    if (wanted.size === 0) return false;
    const records = await readOwners(
      [...wanted].map(([pid, own]) => [pid, own.map(thread => thread.tid)]),
      SIZE_VARIABLES,
      signal,
      along,
    );
    if (all) {
      this.readAllAt = now;
      this.known = new Map();
      this.processes.clear();
    }
    this.unconfirmed = new Map();
    for (const record of records) this.learn(record, wanted.get(record.pid) ?? []);
    return true;
  }

  /** @param sample taken after `read` */
  confirm({ tid, startTime }: ThreadSamplesRecord): void {
    for (let i = 0; i < tid.length; i++) {
      const found = this.unconfirmed.get(tid[i]!);
      if (found && found.startTime === startTime[i]) this.known.set(tid[i]!, found);
    }
    this.unconfirmed = new Map();
  }

  private learn(record: OwnersRecord, threads: readonly ThreadUse[]): void {
    this.processes.set(record.pid, {
      modules: modulesOf(record),
      denied: record.denied === 0 ? null : deniedName(record.denied),
      truncated: record.truncated === '' ? null : record.truncated,
    });
    const owners = ownersOf(record, new Map(threads.map(thread => [thread.tid, thread.name])));
    const starting = new Set(record.tid.filter((_, i) => THREAD_KINDS[record.kind[i]!] === 'starting'));
    for (const { tid, startTime } of threads) {
      const owner = owners.get(tid);
      if (owner) this.unconfirmed.set(tid, { startTime, owner, settled: !starting.has(tid) });
    }
  }

  private knownOf({ tid, startTime }: ThreadUse): KnownOwner | undefined {
    const known = this.known.get(tid);
    return known?.startTime === startTime ? known : undefined;
  }
}

function deniedName(errno: number): string {
  const [name] = Object.entries(constants.errno).find(([, value]) => value === errno) ?? [`errno ${errno}`];
  return name;
}
