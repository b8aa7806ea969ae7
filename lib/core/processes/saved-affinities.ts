import { formatCpulist, intersect, parseCpulist, type Cpuset } from '../cpuset.js';
import { GovernorError } from '../../errors.js';
import { identity } from './process-tree.js';
import type { ProcessRecord, ThreadRecord } from '../records.js';

type Identity = Pick<ProcessRecord, 'pid' | 'startTime'>;

export interface SavedProcess extends Identity {
  threads: readonly { tid: number; startTime: number; affinity: Cpuset }[];
}

/** The affinities of all threads of a tree at one moment, the root first. */
export interface SavedTree {
  /** the kernel's boot id: pids and start times are valid only until the next boot */
  boot: string;
  processes: readonly SavedProcess[];
}

/** The affinities that the threads of a process should get. */
export interface Wanted extends Identity {
  affinityOf(thread: Pick<ThreadRecord, 'tid' | 'startTime'>): Cpuset;
}

const HEAD = 'thread-governor affinities 1';
const END = 'end';
/** CPUs in all distinct sets of a text; enough for 1,024 sets of 1,024 CPUs. */
const MOST_CPUS = 2 ** 20;

export function formatSaved({ boot, processes }: SavedTree): string {
  const lines = processes.flatMap(({ pid, startTime, threads }) => [
    `process ${pid} ${startTime}`,
    ...threads.map(thread => `thread ${thread.tid} ${thread.startTime} ${formatCpulist(thread.affinity)}`),
  ]);
  return [HEAD, `boot ${boot}`, ...lines, END, ''].join('\n');
}

/** Reads the text of `formatSaved`; null for anything else. */
export function parseSaved(text: string): SavedTree | null {
  const lines = text.split('\n');
  const boot = /^boot ([\w-]{0,64})$/.exec(lines[1] ?? '')?.[1];
  if (lines[0] !== HEAD || boot === undefined || lines.at(-2) !== END || lines.at(-1) !== '') return null;
  const sets = new Map<string, Cpuset>();
  const processes: (SavedProcess & { threads: SavedProcess['threads'][number][] })[] = [];
  let cpus = 0;
  for (const line of lines.slice(2, -2)) {
    const match = /^(process|thread) ([1-9]\d{0,9}) (\d{1,15})(?: ([\d,-]+))?$/.exec(line);
    if (!match || (match[1] === 'thread') !== (match[4] !== undefined)) return null;
    const [number, startTime, list] = [Number(match[2]), Number(match[3]), match[4]];
    if (list === undefined) {
      processes.push({ pid: number, startTime, threads: [] });
      continue;
    }
    const affinity = sets.get(list) ?? cpusetOf(list);
    if (affinity === null || processes.length === 0) return null;
    if (!sets.has(list)) cpus += affinity.length;
    if (cpus > MOST_CPUS) return null;
    sets.set(list, affinity);
    processes.at(-1)!.threads.push({ tid: number, startTime, affinity });
  }
  return processes.length > 0 ? { boot, processes } : null;
}

function cpusetOf(list: string): Cpuset | null {
  try {
    return parseCpulist(list);
  } catch (error) {
    if (error instanceof GovernorError) return null;
    throw error;
  }
}

export function affinitiesOf({ processes }: SavedTree): Cpuset[] {
  return processes.flatMap(({ threads }) => threads.map(thread => thread.affinity));
}

/**
 * The affinities to restore. A thread gets back its own; a thread started since gets its main thread's; a process
 * started since gets that of its parent's main thread. Includes processes that have left the tree.
 * @param tree as it is now, parents before children
 * @param possible CPUs that can be used now; a thread that had none of them gets them all. Default: every CPU
 */
export function planRestore(
  saved: SavedTree,
  tree: readonly (Identity & Pick<ProcessRecord, 'ppid'>)[],
  possible?: Cpuset,
): Wanted[] {
  const within = (affinity: Cpuset): Cpuset => {
    const left = possible ? intersect(affinity, possible) : affinity;
    return possible && left.length === 0 ? possible : left;
  };
  const had = new Map(
    saved.processes.filter(({ threads }) => threads.length > 0).map(process => [identity(process), process]),
  );
  const present = new Set(tree.map(identity));
  const main = new Map<number, Cpuset>();
  const wanted = tree.flatMap((process): Wanted[] => {
    const own = had.get(identity(process));
    const affinity = own ? mainOf(own) : main.get(process.ppid);
    if (!affinity) return [];
    main.set(process.pid, affinity);
    return [wantedOf(process, own, affinity, within)];
  });
  const left = [...had.values()].filter(process => !present.has(identity(process)));
  return [...wanted, ...left.map(process => wantedOf(process, process, mainOf(process), within))];
}

function mainOf({ pid, threads }: SavedProcess): Cpuset {
  return (threads.find(({ tid }) => tid === pid) ?? threads[0]!).affinity;
}

function wantedOf(
  { pid, startTime }: Identity,
  own: SavedProcess | undefined,
  main: Cpuset,
  within: (affinity: Cpuset) => Cpuset,
): Wanted {
  const threads = new Map(own?.threads.map(thread => [`${thread.tid}@${thread.startTime}`, thread.affinity]));
  return { pid, startTime, affinityOf: thread => within(threads.get(`${thread.tid}@${thread.startTime}`) ?? main) };
}
