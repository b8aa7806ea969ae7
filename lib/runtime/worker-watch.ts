import { assign } from '../core/placement/assignment.js';
import type { Cpuset } from '../core/cpuset.js';
import { Measurement, type RunMeasurement, type RunWarning } from '../core/launch/measured.js';
import { findWorkers } from '../core/processes/workers.js';
import { GovernorError } from '../errors.js';
import { pinProcess, readAffinity } from '../system/processes/affinity.js';
import { FollowedTree, type FollowedProcess } from '../system/processes/followed-tree.js';
import { readThreads } from '../system/processes/processes.js';

/**
 * Milliseconds. More working workers than places are news when they are that for `crowded`. The run is measured every
 * `soonest` to `latest`, for `settled` after the last worker got its place; where workers come and go, until the first
 * has had its own for `patience`; where there are none by then, every `seldom` from then on.
 */
const TIMES = { crowded: 1000, soonest: 100, latest: 1000, settled: 3000, patience: 15_000, seldom: 5000 };
/** Measuring may take this share of one CPU's time. */
const EFFORT = 0.005;

/** What has become of a worker. */
export type WorkerEvent = { event: 'pinned'; pid: number; place: Cpuset } | { event: 'gone'; pid: number };

export interface WatchListener {
  /** told of each worker when it gets its place, and when it is none any more */
  onWorker?: ((event: WorkerEvent) => void) | undefined;
  /** told once, some seconds after the workers have their places, or at the end */
  onMeasured?: ((measured: RunMeasurement) => void) | undefined;
  /** told of each thing that is not as planned, once */
  onWarning?: ((warning: RunWarning) => void) | undefined;
}

/** Who verifies workers, by numbers that they keep. */
export interface WorkerGuard {
  started(worker: number, pid: number, place: number): void;
  ended(worker: number): void;
}

/** Watches a process tree, gives each of its workers a place as it appears, and measures what comes of it. */
export class WorkerWatch {
  private held: ReadonlyMap<string, number> = new Map();
  /** number and pid of each worker that has a place */
  private readonly workers = new Map<string, { number: number; pid: number }>();
  private found = 0;
  /** place of each process that a worker has started */
  private followers = new Map<string, number>();
  private readonly warned = new Set<RunWarning['kind']>();
  private readonly free = readAffinity(0);
  private readonly began = performance.now();
  private readonly followed: FollowedTree;
  private tree: readonly FollowedProcess[] = [];
  /** workers of a pool that has just come to rest do not count as a crowd */
  private crowd: NodeJS.Timeout | undefined;
  private crowding = 0;
  private measuring: NodeJS.Timeout | undefined;
  private firstPin: number | null = null;
  private lastPin: number | null = null;
  /** null once it has been told */
  private measurement: Measurement | null = new Measurement();

  /** @param places read at each pin: the guard may replace one */
  constructor(
    private readonly root: number,
    private readonly places: readonly Cpuset[],
    private readonly guard: WorkerGuard,
    private readonly listener: WatchListener,
  ) {
    this.followed = new FollowedTree(root, tree => this.place(tree));
    this.measure();
  }

  /** Whether workers share places because there are too few. */
  get crowded(): boolean {
    return this.workers.size > this.places.length;
  }

  /** Stops watching; tells what was measured where that is still open. A short run without workers is no news. */
  stop(): void {
    this.followed.stop();
    clearTimeout(this.crowd);
    clearTimeout(this.measuring);
    for (const identity of [...this.workers.keys()]) this.forget(identity);
    if (this.lastPin !== null || performance.now() - this.began >= TIMES.settled) this.tellMeasured();
  }

  private place(tree: readonly FollowedProcess[]): void {
    this.tree = tree;
    const byIdentity = new Map(tree.map(process => [process.identity, process]));
    const candidates = findWorkers(tree, this.root);
    const assignment = assign(this.places, this.held, candidates);
    this.held = assignment.held;
    for (const { identity, place } of assignment.pin) this.pinWorker(byIdentity.get(identity)!, place);
    for (const identity of assignment.release) {
      this.release(byIdentity.get(identity), tree);
      this.forget(identity);
    }
    this.pinFollowers(tree);
    if (assignment.pin.length > 0) {
      this.lastPin = performance.now();
      this.firstPin ??= this.lastPin;
      this.measureAnew();
    }
    this.watchCrowd(assignment.crowded ? candidates.filter(candidate => candidate.active).length : 0);
  }

  private pinWorker(process: FollowedProcess, place: number): void {
    const worker = this.workers.get(process.identity) ?? { number: this.found++, pid: process.pid };
    this.workers.set(process.identity, worker);
    this.pin(process, this.places[place]!);
    this.guard.started(worker.number, worker.pid, place);
    this.listener.onWorker?.({ event: 'pinned', pid: worker.pid, place: this.places[place]! });
  }

  /** What a worker has started before it was pinned, or moved, is pinned where it is now. */
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
    this.guard.ended(worker.number);
    this.listener.onWorker?.({ event: 'gone', pid: worker.pid });
  }

  /** @param workers that work and are too many */
  private watchCrowd(workers: number): void {
    this.crowding = workers;
    if (workers === 0) {
      clearTimeout(this.crowd);
      this.crowd = undefined;
    } else {
      this.crowd ??= setTimeout(
        () => this.warnOnce({ kind: 'places-shared', workers: this.crowding, places: this.places }),
        TIMES.crowded,
      );
    }
  }

  /** A pin that fails is told, and the others are tried all the same. */
  private pin({ pid, startTime }: FollowedProcess, cpus: Cpuset): void {
    try {
      pinProcess(pid, startTime, cpus);
    } catch (error) {
      if (!(error instanceof GovernorError)) throw error;
      this.warnOnce({ kind: 'pin-failed', reason: error.message });
    }
  }

  /** A worker that has become a parent goes free, and with it what it has started meanwhile. */
  private release(process: FollowedProcess | undefined, tree: readonly FollowedProcess[]): void {
    if (!process) return;
    this.pin(process, this.free);
    for (const child of tree)
      if (child.ppid === process.pid && !this.held.has(child.identity)) this.release(child, tree);
  }

  private measureAnew(): void {
    if (!this.measurement) return;
    clearTimeout(this.measuring);
    this.measurement = new Measurement();
    this.measure();
  }

  /** Looks at the threads again and again until enough has been seen. */
  private measure(): void {
    if (!this.measurement) return;
    const before = process.cpuUsage();
    this.measurement.add(
      this.tree.flatMap(member => readThreads(member.pid)),
      this.held,
    );
    const now = performance.now();
    if (this.lastPin !== null && (now - this.lastPin >= TIMES.settled || now - this.firstPin! >= TIMES.patience))
      return this.tellMeasured();
    const { user, system } = process.cpuUsage(before);
    const quiet = this.lastPin === null && now - this.began >= TIMES.patience;
    const pause = quiet
      ? TIMES.seldom
      : Math.min(TIMES.latest, Math.max(TIMES.soonest, (user + system) / 1000 / EFFORT));
    this.measuring = setTimeout(() => this.measure(), pause);
  }

  private tellMeasured(): void {
    const measured = this.measurement?.result();
    this.measurement = null;
    if (measured) this.listener.onMeasured?.(measured);
  }

  private warnOnce(warning: RunWarning): void {
    if (this.warned.has(warning.kind)) return;
    this.warned.add(warning.kind);
    this.listener.onWarning?.(warning);
  }
}
