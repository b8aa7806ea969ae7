import { assign } from '../core/assignment.js';
import type { Cpuset } from '../core/cpuset.js';
import type { Measured, RunWarning } from '../core/measured.js';
import { judgeThreads } from '../core/oversubscription.js';
import { findWorkers } from '../core/workers.js';
import { GovernorError } from '../errors.js';
import { pinProcess, readAffinity } from '../system/affinity.js';
import { readThreads, readTree, type TreeProcess } from '../system/processes.js';

/** Milliseconds. Who lives shorter than `young` is left alone; who has not worked for `rested` is at rest. */
const TIMES = { soonest: 50, latest: 500, young: 100, rested: 1000, settled: 3000, patience: 15_000 };
/** A look at the tree may cost this share of the time between two looks. */
const EFFORT = 0.01;

interface Known {
  firstSeen: number;
  lastWorked: number;
  cpuTime: number;
}

/** Watches a process tree, gives each of its workers a place as it appears, and measures what comes of it. */
export class WorkerWatch {
  private held: ReadonlyMap<string, number> = new Map();
  private readonly known = new Map<string, Known>();
  private readonly warned = new Set<RunWarning['kind']>();
  private readonly free = readAffinity(0);
  private timer: NodeJS.Timeout | undefined;
  private firstPin: number | null = null;
  private lastPin: number | null = null;
  private verified = false;
  private most = { threads: 0, workers: 0, places: 0 };
  /** CPU time of each thread when it was first measured, and whether it has worked since */
  private readonly work = new Map<string, { cpuTime: number; worked: boolean }>();
  private ratios: number[] = [];

  constructor(
    private readonly root: number,
    private readonly places: readonly Cpuset[],
    private readonly tell: { onVerified?: ((measured: Measured) => void) | undefined; onWarning?: ((warning: RunWarning) => void) | undefined },
  ) {}

  start(): void {
    this.look();
  }

  /** Stops watching; tells what was measured if that has not been told yet. */
  stop(): void {
    clearTimeout(this.timer);
    this.verify();
  }

  private look(): void {
    const began = performance.now();
    const tree = readTree(this.root);
    this.place(tree, began);
    this.measure(tree, began);
    const cost = performance.now() - began;
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
    for (const { identity, place } of assignment.pin) {
      const { pid, startTime } = byIdentity.get(identity)!;
      this.pin(pid, startTime, this.places[place]!);
      this.firstPin ??= now;
      this.lastPin = now;
    }
    for (const identity of assignment.release) this.release(byIdentity.get(identity), tree);
    if (assignment.crowded) this.warnOnce({ kind: 'places-shared', workers: candidates.length, places: this.places });
  }

  /** A pin that fails is told, and the others are tried all the same. */
  private pin(pid: number, startTime: number, cpus: Cpuset): void {
    try {
      pinProcess(pid, startTime, cpus);
    } catch (error) {
      if (!(error instanceof GovernorError)) throw error;
      this.warnOnce({ kind: 'pin-failed', reason: error.message });
    }
  }

  private note(process: TreeProcess, now: number): void {
    const known = this.known.get(process.identity) ?? { firstSeen: now, lastWorked: -Infinity, cpuTime: 0 };
    const worked = process.state === 'R' || process.cpuTime > known.cpuTime;
    this.known.set(process.identity, { ...known, lastWorked: worked ? now : known.lastWorked, cpuTime: process.cpuTime });
  }

  /** A worker that has become a parent goes free, and with it what it has started meanwhile. */
  private release(process: TreeProcess | undefined, tree: readonly TreeProcess[]): void {
    if (!process) return;
    this.pin(process.pid, process.startTime, this.free);
    for (const child of tree) if (child.ppid === process.pid && !this.held.has(child.identity)) this.release(child, tree);
  }

  private measure(tree: readonly TreeProcess[], now: number): void {
    if (this.lastPin === null || this.verified) return;
    const threads = tree.flatMap(process => readThreads(process.pid));
    for (const { tid, startTime, cpuTime, state } of threads) {
      const before = this.work.get(`${tid}@${startTime}`) ?? { cpuTime, worked: false };
      this.work.set(`${tid}@${startTime}`, { cpuTime, worked: before.worked || state === 'R' || cpuTime > before.cpuTime });
    }
    const workers = this.held.size;
    if (threads.length >= this.most.threads) this.most = { threads: threads.length, workers, places: new Set(this.held.values()).size };
    this.ratios.push(judgeThreads(threads.map(thread => ({ affinity: thread.affinity ?? [], running: thread.state === 'R' ? 1 : 0 })), null).ratio);
    if (now - this.lastPin >= TIMES.settled || now - this.firstPin! >= TIMES.patience) this.verify();
  }

  private verify(): void {
    if (this.verified || this.ratios.length === 0) return;
    this.verified = true;
    const ratio = this.ratios.reduce((a, b) => a + b, 0) / this.ratios.length;
    const working = [...this.work.values()].filter(({ worked }) => worked).length;
    this.tell.onVerified?.({ ...this.most, working: Math.min(working, this.most.threads), ratio });
  }

  private warnOnce(warning: RunWarning): void {
    if (this.warned.has(warning.kind)) return;
    this.warned.add(warning.kind);
    this.tell.onWarning?.(warning);
  }
}
