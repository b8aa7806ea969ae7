import type { ProcessRecord } from './records.js';

type Listed = Pick<ProcessRecord, 'pid' | 'ppid' | 'comm' | 'startTime' | 'threads'>;

/** A `governor run` or `governor launch`, whose own processes are left out of a tree. */
export interface LeftOutGovernor {
  /** its pid */
  pid: number;
  /** which command it is */
  command: 'run' | 'launch';
  /** how many processes are left out: its own, and those that supervise what it has started */
  processes: number;
  /** threads of those */
  threads: number;
}

/** A process tree without processes of a governor. */
export interface ProgramTree<P> {
  /** Parents before children. The children of a process that is left out have the nearest one above it as parent. */
  tree: readonly P[];
  /** pid of the root; if a launch has several ranks, that of its governor, which is not in the tree */
  root: number;
  /** the governor at the root of the tree; null: there is none */
  governor: LeftOutGovernor | null;
}

/** Names of the processes between a governor and what it starts (native/linux/launch/detach.cc). */
const SUPERVISORS = ['thread-keeper', 'thread-warden'];

/**
 * Whether a process supervises what a governor has started. Its title is `thread-keeper for PID`, or as much of that as
 * the governor's own command line had room for.
 */
export function isSupervisor({ comm }: Pick<Listed, 'comm'>, commandLine: () => readonly string[]): boolean {
  if (!SUPERVISORS.includes(comm)) return false;
  const [title = ''] = commandLine();
  return title !== '' && (`${comm} for `.startsWith(title) || /^[a-z-]+ for \d+$/.test(title));
}

/** Which command of the governor a command line starts, if it is one that supervises; null if none. */
export function governorCommand(commandLine: readonly string[]): 'run' | 'launch' | null {
  const at = commandLine.findIndex(word => /(^|\/)governor(\.[cm]?js)?$/.test(word));
  const command = at < 0 ? undefined : commandLine[at + 1];
  return command === 'run' || command === 'launch' ? command : null;
}

/**
 * Leaves out the processes of governors. If the root is one, its program becomes the root, and what that has left
 * behind its children.
 * @param tree the root first, parents before children
 * @param lineOf the command line of a process; called only for supervisors and their parents
 */
export function programTree<P extends Listed>(
  tree: readonly P[],
  lineOf: (pid: number) => readonly string[],
): ProgramTree<P> {
  const root = tree[0]!;
  const supervisors = new Set(tree.filter(process => isSupervisor(process, () => lineOf(process.pid))));
  const own = withGovernors(supervisors, tree, lineOf);
  const besides = own.has(root.pid) ? notSupervised(tree, supervisors) : [];
  const programs = withoutThem(tree, new Set([...own, ...besides]));
  if (own.size === 0 || programs.length === 0) return { tree, root: root.pid, governor: null };
  if (!own.has(root.pid)) return { tree: programs, root: root.pid, governor: null };
  const left = tree.filter(process => own.has(process.pid));
  const command = governorCommand(lineOf(root.pid)) ?? 'launch';
  const threads = left.reduce((sum, process) => sum + process.threads, 0);
  const governor: LeftOutGovernor = { pid: root.pid, command, processes: left.length, threads };
  const inside = new Set(programs.map(process => process.pid));
  const [first, ...others] = programs
    .filter(process => !inside.has(process.ppid))
    .sort((a, b) => a.startTime - b.startTime || a.pid - b.pid);
  const hasRanks = command === 'launch' && others.length > 0;
  const top = hasRanks ? root.pid : first!.pid;
  const below = new Set(hasRanks ? [first!, ...others] : others);
  const placed = programs.map(process => (below.has(process) ? { ...process, ppid: top } : process));
  const at = programs.indexOf(first!);
  return { tree: [placed[at]!, ...placed.filter((_, i) => i !== at)], root: top, governor };
}

/** The other processes of a tree. The parent of each is the nearest one that stays, or is not in the tree. */
function withoutThem<P extends Listed>(tree: readonly P[], own: ReadonlySet<number>): P[] {
  const parents = new Map(tree.map(process => [process.pid, process.ppid]));
  return tree
    .filter(process => !own.has(process.pid))
    .map(process => {
      let parent = process.ppid;
      while (own.has(parent)) parent = parents.get(parent)!;
      return { ...process, ppid: parent };
    });
}

/** Pids of supervisors and of the governors above them. A program that uses the library is no governor. */
function withGovernors(
  supervisors: ReadonlySet<Listed>,
  tree: readonly Listed[],
  lineOf: (pid: number) => readonly string[],
): Set<number> {
  const own = new Set([...supervisors].map(({ pid }) => pid));
  const listed = new Set(tree.map(({ pid }) => pid));
  for (const { ppid } of supervisors) if (listed.has(ppid) && governorCommand(lineOf(ppid))) own.add(ppid);
  return own;
}

/** Pids of all that no supervisor has started: a governor keeps the children that its shell had before it. */
function notSupervised(tree: readonly Listed[], supervisors: ReadonlySet<Listed>): number[] {
  const above = new Set([...supervisors].map(({ pid }) => pid));
  for (const process of tree) if (above.has(process.ppid)) above.add(process.pid);
  return tree.filter(process => !above.has(process.pid)).map(process => process.pid);
}
