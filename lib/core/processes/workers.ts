import type { ProcessRecord } from './records.js';
import { SHELLS } from './shells.js';
import { programOf } from './siblings.js';

/** A process of a tree, with the facts that distinguish workers from helpers. */
export interface Member extends Pick<ProcessRecord, 'pid' | 'ppid' | 'startTime'> {
  executable: string;
  commandLine: readonly string[];
  /** whether Node's cluster module started it as a worker */
  clusterWorker: boolean;
}

/** Processes that a pool starts besides its workers: they manage, and mostly sleep. */
const HELPERS = [
  /multiprocessing\.(resource_tracker|semaphore_tracker)\b/,
  /loky\.backend\.(resource_tracker|semaphore_tracker)\b/,
];

/** Command lines with which pools start a worker from an executable instead of by fork. */
const SPAWNED = [
  /multiprocessing\.spawn import spawn_main\b/,
  /--multiprocessing-fork\b/,
  /loky\.backend\.popen_loky_posix\b/,
];

/** Programs that start another program and wait for it. */
const WRAPPERS = new Set([
  ...SHELLS,
  'timeout',
  'time',
  'strace',
  'ltrace',
  'perf',
  'script',
  'setsid',
  'sudo',
  'doas',
  'su',
  'runuser',
  'setpriv',
  'unshare',
  'uv',
  'pixi',
  'micromamba',
  'tini',
  'dumb-init',
  'flock',
  'fakeroot',
  'xvfb-run',
  'dbus-run-session',
  'bwrap',
  'firejail',
]);

/** A worker, and the pid of the process whose pool it belongs to: its parent, without wrappers in between. */
export interface PoolWorker<M> {
  worker: M;
  parent: number;
}

/** The workers of a tree, as in `findPoolWorkers`. */
export function findWorkers<M extends Member>(tree: readonly M[], root: number, siblings?: ReadonlySet<string>): M[] {
  return findPoolWorkers(tree, root, siblings).map(({ worker }) => worker);
}

/**
 * Finds the workers of a tree. A process is a worker if it has no workers itself, and
 *  - was forked (same executable and command line as its parent), or
 *  - was spawned by a known pool (multiprocessing, loky, Node's cluster), or
 *  - has a sibling that runs the same executable (a launcher's ranks, a shell's background jobs).
 * A wrapper below the root that waits for one program, such as `sh -c`, is no worker: the program is, and it counts as
 * a sibling of the wrapper's siblings. The root is never a worker.
 * @param root its pid; it may lie above the tree
 * @param siblings programs that had a sibling before, as `programOf` names them: the last one stays a worker
 */
export function findPoolWorkers<M extends Member>(
  tree: readonly M[],
  root: number,
  siblings: ReadonlySet<string> = new Set(),
): PoolWorker<M>[] {
  const byPid = new Map(tree.map(member => [member.pid, member]));
  const programs = findPrograms(tree, root);
  const together = siblingsAmong(programs);
  const likely = programs.filter(({ member }) => {
    const parent = byPid.get(member.ppid);
    if (member.pid === root || (!parent && member.ppid !== root)) return false;
    return (
      (parent !== undefined && isFork(member, parent)) ||
      member.clusterWorker ||
      matches(member, SPAWNED) ||
      [together, siblings].some(those => those.has(programOf(member)))
    );
  });
  const parents = new Set(likely.map(({ parent }) => parent));
  return likely
    .filter(({ member }) => !parents.has(member.pid))
    .map(({ member, parent }) => ({ worker: member, parent }));
}

/** Programs of a tree that have a sibling, as `programOf` names them. Helpers of pools do not count. */
export function siblingPrograms(tree: readonly Member[], root: number): Set<string> {
  return siblingsAmong(findPrograms(tree, root));
}

/** Programs of which another one of the same parent runs the same executable, or is behind the same wrapper. */
function siblingsAmong(programs: readonly Wrapped<Member>[]): Set<string> {
  const families = new Map<string, Member[]>();
  for (const { member, wrappers, parent } of programs) {
    for (const executable of new Set([member, ...wrappers].map(one => one.executable))) {
      const family = `${parent} ${executable}`;
      families.set(family, [...(families.get(family) ?? []), member]);
    }
  }
  return new Set([...families.values()].filter(family => family.length > 1).flatMap(family => family.map(programOf)));
}

/** A process that is neither a helper nor a wrapper of one program. */
interface Wrapped<M> {
  member: M;
  /** what it was started by, if that only waits for it; the nearest first */
  wrappers: M[];
  /** pid of the parent beyond those */
  parent: number;
}

function findPrograms<M extends Member>(tree: readonly M[], root: number): Wrapped<M>[] {
  const members = tree.filter(member => !matches(member, HELPERS));
  const children = new Map<number, M[]>();
  for (const member of members) {
    const siblings = children.get(member.ppid);
    if (siblings) siblings.push(member);
    else children.set(member.ppid, [member]);
  }
  const wrappers = new Map<number, M>();
  for (const member of members) {
    const [only, ...others] = children.get(member.pid) ?? [];
    if (member.pid !== root && only && others.length === 0 && wraps(member, only)) wrappers.set(member.pid, member);
  }
  return members
    .filter(member => !wrappers.has(member.pid))
    .map(member => {
      const around: M[] = [];
      let parent = member.ppid;
      for (let above = wrappers.get(parent); above; above = wrappers.get(parent)) {
        around.push(above);
        parent = above.ppid;
      }
      return { member, wrappers: around, parent };
    });
}

/** Whether a process only waits for a program: a known wrapper, or one whose command line ends with the program's. */
function wraps(member: Member, program: Member): boolean {
  if (isWrapper(member.executable)) return true;
  const { length } = program.commandLine;
  const own = member.commandLine;
  return (
    length > 0 &&
    own.length > length &&
    member.executable !== program.executable &&
    program.commandLine.every((word, i) => {
      const given = own[own.length - length + i]!;
      return given === word || (i === 0 && word.endsWith(`/${given}`));
    })
  );
}

/** Whether a process is a fork of its parent. Not if it is a shell: a subshell may run the program itself. */
function isFork(member: Member, parent: Member): boolean {
  return (
    !isWrapper(member.executable) &&
    member.executable === parent.executable &&
    member.commandLine.length === parent.commandLine.length &&
    member.commandLine.every((word, i) => word === parent.commandLine[i])
  );
}

/** @param program its name or its path */
export function isWrapper(program: string): boolean {
  return WRAPPERS.has(program.replace(/^.*\//, ''));
}

function matches(member: Member, patterns: readonly RegExp[]): boolean {
  return member.commandLine.some(word => patterns.some(pattern => pattern.test(word)));
}
