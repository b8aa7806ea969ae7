import { assign } from '../core/assignment.js';
import type { Cpuset } from '../core/cpuset.js';
import { Measurement, type Measured, type RunWarning } from '../core/measured.js';
import { findWorkers } from '../core/workers.js';
import { GovernorError } from '../errors.js';
import { pinProcess, readAffinity } from '../system/affinity.js';
import { readThreads, readTree, type TreeProcess } from '../system/processes.js';

/**
 * Milliseconds. Two looks are `soonest` to `latest` apart. Who lives shorter than `young` is left alone; who has not
 * worked for `rested` is at rest. The run is measured for `settled` after the last worker got its place; where
 * workers come and go, until the first has had its own for `patience`.
 */
const TIMES = { soonest: 50, latest: 500, young: 100, rested: 1000, settled: 3000, patience: 15_000 };
/** A look at the tree may take this share of one CPU's time between two looks. */
const EFFORT = 0.01;

interface Known {
  firstSeen: number;
  lastWorked: number;
  cpuTime: number;
}

export interface WatchListener {
  onVerified?: ((measured: Measured) => void) | undefined;
  onWarning?: ((warning: RunWarning) => void) | undefined;
}

/** Watches a process tree, gives each of its workers a place as it appears, and measures what comes of it. */
export class WorkerWatch {
  private held: ReadonlyMap<string, number> = new Map();
  private readonly known = new Map<string, Known>();
  private readonly warned = new Set<RunWarning['kind']>();
  private readonly free = readAffinity(0);
  private readonly began = performance.now();
  /** workers of a pool that has just come to rest do not count as a crowd */
  private crowdedSince: number | null = null;
  private timer: NodeJS.Timeout | undefined;
  private firstPin: number | null = null;
  private lastPin: number | null = null;
  /** null once it has been told */
  private measurement: Measurement | null = new Measurement();

  constructor(private readonly root: number, private readonly places: readonly Cpuset[], private readonly listener: WatchListener) {}

  start(): void {
    this.look();
  }

  /** Stops watching; tells what was measured where that is still open. A short run without workers is no news. */
  stop(): void {
    clearTimeout(this.timer);
    if (this.lastPin !== null || performance.now() - this.began >= TIMES.settled) this.tellMeasured();
  }

  private look(): void {
    const now = performance.now();
    const before = process.cpuUsage();
    const tree = readTree(this.root);
    this.place(tree, now);
    this.measure(tree, now);
    const { user, system } = process.cpuUsage(before);
    const cost = (user + system) / 1000;
    this.timer = setTimeout(() => this.look(), Math.min(TIMES.latest, Math.max(TIMES.soonest, cost / EFFORT)));
  }

  private place(tree: readonly TreeProcess[], now: number): void {
    const byIdentity = new Map(tree.map(process => [process.identity, process]));
    for (const identity of this.known.keys()) if (!byIdentity.has(identity)) this.known.delete(identity);
    for (const process of tree) this.note(process, now);
    const candidates = findWorkers(tree, this.root)
      .map(({ identity }) => ({ identity, ...this.known.get(identity)! }))
      .filter(known => now - known.firstSeen >= TIMES.young)
      .map(known => ({ identity: known.identity, active: now - known.lastWorked < TIMES.rested }));
    const assignment = assign(this.places, this.held, candidates);
    this.held = assignment.held;
    for (const { identity, place } of assignment.pin) this.pin(byIdentity.get(identity)!, this.places[place]!);
    for (const identity of assignment.release) this.release(byIdentity.get(identity), tree);
    if (assignment.pin.length > 0) {
      this.firstPin ??= now;
      this.lastPin = now;
      if (this.measurement) this.measurement = new Measurement();
    }
    this.crowdedSince = assignment.crowded ? this.crowdedSince ?? now : null;
    if (this.crowdedSince !== null && now - this.crowdedSince >= TIMES.rested) {
      const workers = candidates.filter(candidate => candidate.active).length;
      this.warnOnce({ kind: 'places-shared', workers, places: this.places });
    }
  }

  private note(process: TreeProcess, now: number): void {
    const known = this.known.get(process.identity) ?? { firstSeen: now, lastWorked: -Infinity, cpuTime: 0 };
    const worked = process.state === 'R' || process.cpuTime > known.cpuTime;
    this.known.set(process.identity, { ...known, lastWorked: worked ? now : known.lastWorked, cpuTime: process.cpuTime });
  }

  /** A pin that fails is told, and the others are tried all the same. */
  private pin({ pid, startTime }: TreeProcess, cpus: Cpuset): void {
    try {
      pinProcess(pid, startTime, cpus);
    } catch (error) {
      if (!(error instanceof GovernorError)) throw error;
      this.warnOnce({ kind: 'pin-failed', reason: error.message });
    }
  }

  /** A worker that has become a parent goes free, and with it what it has started meanwhile. */
  private release(process: TreeProcess | undefined, tree: readonly TreeProcess[]): void {
    if (!process) return;
    this.pin(process, this.free);
    for (const child of tree) if (child.ppid === process.pid && !this.held.has(child.identity)) this.release(child, tree);
  }

  private measure(tree: readonly TreeProcess[], now: number): void {
    if (!this.measurement) return;
    this.measurement.add(tree.flatMap(process => readThreads(process.pid)), this.held);
    if (this.firstPin === null || this.lastPin === null) return;
    if (now - this.lastPin >= TIMES.settled || now - this.firstPin >= TIMES.patience) this.tellMeasured();
  }

  private tellMeasured(): void {
    const measured = this.measurement?.result();
    this.measurement = null;
    if (measured) this.listener.onVerified?.(measured);
  }

  private warnOnce(warning: RunWarning): void {
    if (this.warned.has(warning.kind)) return;
    this.warned.add(warning.kind);
    this.listener.onWarning?.(warning);
  }
}
