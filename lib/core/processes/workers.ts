import type { ProcessRecord } from './records.js';
import { SHELLS } from './shells.js';
import { programOf, siblingsIn } from './siblings.js';

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
]);

/**
 * Finds the workers of a tree. A process is a worker if it has no workers itself, and
 *  - was forked (same executable and command line as its parent), or
 *  - was spawned by a known pool (multiprocessing, loky, Node's cluster), or
 *  - has a sibling that runs the same executable (a launcher's ranks, a shell's background jobs).
 * The root is never a worker. If a wrapper qualifies, such as a shell, the program that it waits for is the worker.
 * @param siblings programs that had a sibling before, as `programOf` names them: the last one stays a worker
 */
export function findWorkers<M extends Member>(
  tree: readonly M[],
  root: number,
  siblings: ReadonlySet<string> = new Set(),
): M[] {
  const byPid = new Map(tree.map(member => [member.pid, member]));
  const helper = (member: M) => matches(member, HELPERS);
  const together = siblingPrograms(tree);
  const likely = tree.filter(member => {
    const parent = byPid.get(member.ppid);
    if (member.pid === root || !parent || helper(member)) return false;
    const hasSibling = [together, siblings].some(those => those.has(programOf(member)));
    return isFork(member, parent) || member.clusterWorker || matches(member, SPAWNED) || hasSibling;
  });
  const parents = new Set(likely.map(member => member.ppid));
  return likely
    .filter(member => !parents.has(member.pid))
    .map(member => behindWrappers(member, tree, helper))
    .filter(member => !parents.has(member.pid));
}

/** Programs of a tree that have a sibling, as `programOf` names them. Helpers of pools do not count. */
export function siblingPrograms(tree: readonly Member[]): Set<string> {
  return siblingsIn(tree.filter(member => !matches(member, HELPERS)));
}

/** A worker that starts a helper, such as git, stays the worker; only a wrapper is replaced by what it waits for. */
function behindWrappers<M extends Member>(member: M, tree: readonly M[], helper: (member: M) => boolean): M {
  if (!isWrapper(member.executable)) return member;
  const children = tree.filter(other => other.ppid === member.pid && !helper(other));
  const [only] = children;
  return only && children.length === 1 ? behindWrappers(only, tree, helper) : member;
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
