import type { Cpuset } from '../core/cpuset.js';
import { loneProcess, type ProcessUse } from '../core/launch/lone-process.js';
import { loadBetween } from '../core/machine/load.js';
import { computingLibraries } from '../system/audit/computing-libraries.js';
import { TICKS_PER_SECOND } from '../system/audit/tree-sample.js';
import { readCpuTimes } from '../system/machine/load.js';
import type { FollowedProcess } from '../system/processes/followed-tree.js';
import { readProcess } from '../system/processes/processes.js';

/** A process must be found in each of so many looks in a row: a pool that is just starting is no lone process. */
const LOOKS = 3;
const LOOK_EVERY_MS = 3000;
/** A program of more processes is not looked at: it has other things to do than to compute in one of them. */
const MOST_PROCESSES = 100;

/** A process that computes with one thread while CPUs idle. */
export interface LoneProcess {
  pid: number;
  /** its name, as the kernel shows it */
  program: string;
  /** libraries and runtimes in it that could use more threads */
  libraries: string[];
}

export interface LoneWatchOptions {
  /** the program's processes at this moment, and whether each is a worker, by its identity */
  look(): { tree: readonly FollowedProcess[]; isWorker(identity: string): boolean };
  /** that the program may use */
  cpus: Cpuset;
  /** called once */
  onFound(found: LoneProcess): void;
}

/** Looks every 3 seconds whether one process of a program computes with one thread while the CPUs idle. */
export class LoneWatch {
  private readonly timer: NodeJS.Timeout;
  private before = new Map<string, number>();
  private cpuTimes = readCpuTimes();
  private at = performance.now();
  private found: { identity: string; times: number } = { identity: '', times: 0 };

  constructor(private readonly options: LoneWatchOptions) {
    this.timer = setInterval(() => {
      this.look().catch(() => this.stop()); // it is only a hint
    }, LOOK_EVERY_MS);
  }

  stop(): void {
    clearInterval(this.timer);
  }

  private async look(): Promise<void> {
    const { tree } = this.options.look();
    const lone = tree.length > MOST_PROCESSES ? null : this.measure(tree);
    this.found = {
      identity: lone?.identity ?? '',
      times: lone && lone.identity === this.found.identity ? this.found.times + 1 : 1,
    };
    if (!lone || this.found.times < LOOKS) return;
    const libraries = await computingLibraries(lone.pid);
    if (libraries.length === 0) return;
    this.stop();
    const program = tree.find(process => process.identity === lone.identity)!.comm;
    this.options.onFound({ pid: lone.pid, program, libraries });
  }

  private measure(tree: readonly FollowedProcess[]): ProcessUse | null {
    const { look, cpus } = this.options;
    const { isWorker } = look();
    const now = performance.now();
    const ticks = new Map(tree.map(({ identity, pid }) => [identity, readProcess(pid)?.cpuTime ?? 0]));
    const cpuTimes = readCpuTimes();
    const load = loadBetween(this.cpuTimes, cpuTimes);
    const elapsed = ((now - this.at) / 1000) * TICKS_PER_SECOND;
    const uses = tree.map(({ identity, pid }) => ({
      identity,
      pid,
      cpus: Math.max(0, ticks.get(identity)! - (this.before.get(identity) ?? 0)) / elapsed,
      worker: isWorker(identity),
    }));
    [this.before, this.cpuTimes, this.at] = [ticks, cpuTimes, now];
    const idle = cpus.reduce((sum, cpu) => sum + 1 - (load.get(cpu) ?? 1), 0);
    return loneProcess(uses, idle, cpus.length);
  }
}
