import { execFileSync } from 'node:child_process';
import { parseCpulist, type Cpuset } from '../../../lib/core/cpuset.js';
import { temporaryDirectory, TWO_CPUS } from './governed.js';
import { started } from './printing.js';
import { governor, type Finished } from './run.js';

/** A program on two CPUs, and `governor pin` of it with a directory of its own for what it keeps. */
export class Pinnable {
  private constructor(
    readonly pid: number,
    readonly line: string,
    readonly input: NodeJS.WritableStream,
    readonly runtime: string,
  ) {}

  static async start(command: readonly string[]): Promise<Pinnable> {
    const { child, pid, line } = await started(['taskset', '-c', TWO_CPUS.join(), ...command], {
      STARTED_DIRECTORY: temporaryDirectory(),
    });
    return new Pinnable(pid, line, child.stdin!, temporaryDirectory());
  }

  pin(...options: string[]): Promise<Finished> {
    return governor(['pin', ...options, String(this.pid)], { XDG_RUNTIME_DIR: this.runtime });
  }

  /** Affinity of each thread of a process by its number, as taskset tells it. */
  affinities(pid = this.pid): Map<number, Cpuset> {
    const lines = execFileSync('taskset', ['-acp', String(pid)], { encoding: 'utf8' })
      .trim()
      .split('\n');
    return new Map(
      lines.map(line => [Number(/^pid (\d+)/.exec(line)![1]), parseCpulist(line.slice(line.lastIndexOf(':') + 1))]),
    );
  }
}
