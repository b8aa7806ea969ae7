import { setTimeout as pause } from 'node:timers/promises';
import type { Census, WatchedProcess } from '../core/audit.js';
import type { Owner } from '../core/audited.js';
import { DemandWindow, likelyActive, switchRates, type ThreadUse } from '../core/demand.js';
import type { Stranger } from '../core/findings.js';
import { allowedCpus, onlineCpus, type Host } from '../core/host.js';
import { SIZE_VARIABLES } from '../core/libraries.js';
import { modulesOf, ownersOf } from '../core/owner.js';
import { identity, processTree } from '../core/process-tree.js';
import type { OwnersRecord, ProcessRecord } from '../core/records.js';
import { GovernorError } from '../errors.js';
import { isOsError, native } from './native.js';
import { readEnvironment, withMember, type TreeProcess } from './processes.js';
import { watchQuota } from './quota.js';
import { inTurns } from './turns.js';

/** Clock ticks a second in which /proc counts CPU time: USER_HZ, 100 on every platform of Linux that we know. */
const TICKS = 100;
/** Looks at the threads within a window, besides the first; fewer where looking takes long. */
const LOOKS = 10;
/** Share of the window that looking may take. */
const EFFORT = 0.1;

/**
 * Watches a process tree for a window of seconds. The calling process is left out where it is a descendant.
 * @throws GovernorError NO_SUCH_PROCESS where the root ends meanwhile; the signal's reason where that is aborted
 */
export async function watchTree(root: ProcessRecord, host: Host, window: number, signal?: AbortSignal): Promise<Census> {
  const demand = new DemandWindow();
  const began = performance.now();
  const first = await look(root, demand);
  const cost = performance.now() - began;
  const quota = watchQuota(host);
  const active = likelyActive(demand.result());
  const switches = await native.readSwitches(active);
  const owners = await readOwners(demand.result());
  let last = first;
  const looks = Math.max(1, Math.min(LOOKS, Math.floor((window * 1000 * EFFORT) / cost)));
  for (let i = 1; i <= looks; i++) {
    const due = began + cost + (window * 1000 * i) / looks;
    await pause(Math.max(0, due - performance.now()), undefined, signal ? { signal } : {});
    last = await look(root, demand);
  }
  const rates = switchRates(switches, await native.readSwitches(active));
  const throttled = quota(demand.seconds);
  const uses = demand.result();
  const known = await withLateOwners(owners, uses, last);
  const threads = groupedByPid(uses);
  const ticksBefore = new Map(first.tree.map(process => [identity(process), process.cpuTime]));
  const processes = await inTurns(last.tree, process => {
    const ticks = process.cpuTime - (ticksBefore.get(identity(process)) ?? 0);
    return watched(withMember(process), threads.get(process.pid) ?? [], ticks / TICKS / demand.seconds, known.get(process.pid) ?? null, rates);
  }, signal);
  return { window: demand.seconds, processes, throttled, strangers: strangersOf(first, last, host, demand.seconds) };
}

interface Look {
  all: ProcessRecord[];
  tree: ProcessRecord[];
}

async function look(root: ProcessRecord, demand: DemandWindow): Promise<Look> {
  const all = await native.listProcesses();
  const tree = processTree(all, root.pid).filter(member => member.pid !== process.pid || root.pid === process.pid);
  if (tree[0]?.startTime !== root.startTime) {
    throw new GovernorError('NO_SUCH_PROCESS', `pid ${root.pid} ended while it was audited; audit it while it works`, { pid: root.pid });
  }
  demand.add(await native.sampleThreads(tree.map(member => member.pid)));
  return { all, tree };
}

async function readOwners(threads: readonly ThreadUse[]): Promise<Map<number, OwnersRecord[]>> {
  const wanted = [...groupedByPid(threads)].map(([pid, own]): [number, number[]] => [pid, own.map(thread => thread.tid)]);
  const records = await native.readOwners(wanted, SIZE_VARIABLES);
  return new Map(records.map(record => [record.pid, [record]]));
}

/** Threads that have started since the owners were read are asked for once more, and looked at again: a tid may be another's by now. */
async function withLateOwners(owners: ReadonlyMap<number, OwnersRecord[]>, uses: readonly ThreadUse[], last: Look): Promise<Map<number, OwnersRecord[]>> {
  const asked = new Set([...owners.values()].flatMap(records => records.flatMap(record => [...record.tid])));
  const late = uses.filter(use => use.alive && !asked.has(use.tid));
  if (late.length === 0) return new Map(owners);
  const found = await readOwners(late);
  const again = new DemandWindow();
  again.add(await native.sampleThreads(last.tree.map(process => process.pid)));
  const still = new Set(again.result().map(threadKey));
  const trusted = new Set(late.filter(use => still.has(threadKey(use))).map(use => use.tid));
  const all = new Map(owners);
  for (const [pid, records] of found) {
    all.set(pid, [...(all.get(pid) ?? []), ...records.map(record => onlyThreads(record, trusted))]);
  }
  return all;
}

/** A record without the threads that are not trusted. */
function onlyThreads(record: OwnersRecord, tids: ReadonlySet<number>): OwnersRecord {
  const keep = (figures: Int32Array) => figures.filter((_, i) => tids.has(record.tid[i]!));
  return { ...record, tid: keep(record.tid), kind: keep(record.kind), start: keep(record.start), argument: keep(record.argument), workingFor: keep(record.workingFor) };
}

function watched(
  process: TreeProcess, uses: readonly ThreadUse[], cpus: number, records: readonly OwnersRecord[] | null, rates: ReadonlyMap<number, { voluntary: number; involuntary: number }>,
): WatchedProcess {
  const names = new Map(uses.map(use => [use.tid, use.name]));
  const owners = new Map<number, Owner>((records ?? []).flatMap(record => [...ownersOf(record, names)]));
  const newest = records?.at(-1);
  const denied = newest?.denied ?? 0;
  const total = (figure: 'run' | 'wait') => uses.reduce((sum, use) => sum + use[figure], 0);
  return {
    process,
    threads: uses.filter(use => use.alive).map(use => ({
      ...use, owner: owners.get(use.tid) ?? null, voluntary: rates.get(use.tid)?.voluntary ?? null, involuntary: rates.get(use.tid)?.involuntary ?? null,
    })),
    run: Math.max(total('run'), cpus - 2 / TICKS),  // threads that ended unseen; a tick at either edge may be another window's
    wait: total('wait'),
    environment: readEnvironment(process.pid),
    modules: newest ? modulesOf(newest) : [],
    denied: denied === 0 ? null : deniedName(denied),
  };
}

function deniedName(errno: number): string {
  return errno === 1 ? 'EPERM' : errno === 13 ? 'EACCES' : errno === 3 ? 'ESRCH' : `errno ${errno}`;
}

/** Processes outside of the tree that are confined to a part of what the program may use, and work. */
function strangersOf(first: Look, last: Look, host: Host, seconds: number): Stranger[] {
  const ours = new Set(last.tree.map(member => member.pid));
  const before = new Map(first.all.map(other => [identity(other), other.cpuTime]));
  const online = onlineCpus(host).length;
  const allowed = new Set(allowedCpus(host));
  return last.all.flatMap(other => {
    if (other.kernel || ours.has(other.pid) || other.pid === process.pid || other.state === 'Z') return [];
    const affinity = affinityOf(other.pid);
    if (affinity.length === 0 || affinity.length >= online || !affinity.some(cpu => allowed.has(cpu))) return [];
    const run = (other.cpuTime - (before.get(identity(other)) ?? other.cpuTime)) / TICKS / seconds;
    return [{ pid: other.pid, command: other.comm, affinity, run }];
  });
}

function affinityOf(pid: number): readonly number[] {
  try {
    return native.getAffinity(pid);
  } catch (error) {
    if (isOsError(error)) return [];
    throw error;
  }
}

function groupedByPid(uses: readonly ThreadUse[]): Map<number, ThreadUse[]> {
  const groups = new Map<number, ThreadUse[]>();
  for (const use of uses) {
    const group = groups.get(use.pid);
    if (group) group.push(use);
    else groups.set(use.pid, [use]);
  }
  return groups;
}

function threadKey({ tid, startTime }: ThreadUse): string {
  return `${tid}@${startTime}`;
}
