import type { Cpuset } from '../core/cpuset.js';
import { assign } from '../core/placement/assignment.js';
import { programOf } from '../core/processes/siblings.js';
import { findWorkers, siblingPrograms } from '../core/processes/workers.js';
import { GovernorError } from '../errors.js';
import { pinProcess, readAffinity } from '../system/processes/affinity.js';
import { FollowedTree, type FollowedProcess } from '../system/processes/followed-tree.js';
import type { HeldPlaces } from './held-places.js';

/** A worker by its number, 0 for the first that was found. */
export interface NumberedWorker {
  number: number;
  pid: number;
}

export interface WorkerPinnerOptions {
  /** pid of the program */
  root: number;
  places: HeldPlaces;
  /** Called when a worker got its place, or another one. */
  onPinned(worker: NumberedWorker, place: number): void;
  /** Called when a worker has ended, or is no worker any more. */
  onGone(worker: NumberedWorker): void;
  onPinFailed(reason: string): void;
  /**
   * Called after each change of the tree.
   * @param pinned whether a worker got a place
   * @param crowd how many workers work, if some of those share a place; otherwise 0
   */
  onChanged(pinned: boolean, crowd: number): void;
}

/** Follows a process tree, and gives each worker a place when it appears. */
export class WorkerPinner {
  /** index of the place of each worker, by its identity */
  held: ReadonlyMap<string, number> = new Map();
  tree: readonly FollowedProcess[] = [];
  private readonly workers = new Map<string, NumberedWorker>();
  private found = 0;
  /** programs of the tree that have or had a sibling: the last of a shell's jobs stays a worker */
  private siblings: ReadonlySet<string> = new Set();
  /** index of the place of each process that a worker has started, by its identity */
  private followers: ReadonlyMap<string, number> = new Map();
  private readonly followed: FollowedTree;

  constructor(private readonly options: WorkerPinnerOptions) {
    this.followed = new FollowedTree(options.root, tree => this.place(tree));
  }

  /** whether workers share places because there are too few */
  get crowded(): boolean {
    return this.workers.size > this.places.length;
  }

  stop(): void {
    this.followed.stop();
    for (const identity of [...this.workers.keys()]) this.forget(identity);
  }

  /** Gives workers places again, after places were added. */
  assignAnew(): void {
    this.place(this.tree);
  }

  private get places(): readonly Cpuset[] {
    return this.options.places.current;
  }

  private place(tree: readonly FollowedProcess[]): void {
    this.tree = tree;
    const byIdentity = new Map(tree.map(process => [process.identity, process]));
    const present = tree.map(programOf);
    this.siblings = new Set([
      ...siblingPrograms(tree, this.options.root),
      ...present.filter(program => this.siblings.has(program)),
    ]);
    const working = workingIn(tree);
    const workers = findWorkers(tree, this.options.root, this.siblings);
    const candidates = workers.map(({ identity, pid }) => ({ identity, active: working.has(pid) }));
    const { held, pin, release, crowded } = assign(this.places, this.held, candidates);
    this.held = held;
    for (const { identity, place } of pin) this.pinWorker(byIdentity.get(identity)!, place);
    for (const identity of release) {
      this.release(byIdentity.get(identity), tree);
      this.forget(identity);
    }
    this.pinFollowers(tree);
    this.options.onChanged(pin.length > 0, crowded ? candidates.filter(candidate => candidate.active).length : 0);
  }

  private pinWorker(process: FollowedProcess, place: number): void {
    const worker = this.workers.get(process.identity) ?? { number: this.found++, pid: process.pid };
    this.workers.set(process.identity, worker);
    this.pin(process, this.places[place]!);
    this.options.onPinned(worker, place);
  }

  /** Pins processes that a worker started before it was pinned or moved to the worker's present place. */
  private pinFollowers(tree: readonly FollowedProcess[]): void {
    const places = new Map<number, number>();
    const followers = new Map<string, number>();
    for (const process of tree) {
      const own = this.held.get(process.identity);
      const place = own ?? places.get(process.ppid);
      if (place === undefined) continue;
      places.set(process.pid, place);
      if (own !== undefined) continue;
      followers.set(process.identity, place);
      if (this.followers.get(process.identity) !== place) this.pin(process, this.places[place]!);
    }
    this.followers = followers;
  }

  private forget(identity: string): void {
    const worker = this.workers.get(identity);
    if (!worker) return;
    this.workers.delete(identity);
    this.options.onGone(worker);
  }

  /** A worker that has become a parent may use all CPUs again, and so may what it has started since. */
  private release(process: FollowedProcess | undefined, tree: readonly FollowedProcess[]): void {
    if (!process) return;
    this.pin(process, readAffinity(0));
    for (const child of tree)
      if (child.ppid === process.pid && !this.held.has(child.identity)) this.release(child, tree);
  }

  /** If it fails, the other processes are still pinned. */
  private pin({ pid, startTime }: FollowedProcess, cpus: Cpuset): void {
    try {
      pinProcess(pid, startTime, cpus);
    } catch (error) {
      if (!(error instanceof GovernorError)) throw error;
      this.options.onPinFailed(error.message);
    }
  }
}

/** Pids of the processes that have worked recently, or of which a descendant has: a compiler's driver only waits. */
function workingIn(tree: readonly FollowedProcess[]): ReadonlySet<number> {
  const byPid = new Map(tree.map(process => [process.pid, process]));
  const working = new Set<number>();
  for (const process of tree.filter(({ active }) => active))
    for (let at: FollowedProcess | undefined = process; at && !working.has(at.pid); at = byPid.get(at.ppid))
      working.add(at.pid);
  return working;
}
