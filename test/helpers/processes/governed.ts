import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { parseCpulist, type Cpuset } from '../../../lib/core/cpuset.js';
import { reaped, removedAfterwards } from './reap.js';
import { plainEnvironment } from './run.js';
import { GOVERNOR, PROJECT } from '../shared.js';

export const PROGRAMS = join(PROJECT, 'test/fixtures/programs');
export const OBSERVERS = join(PROJECT, 'test/fixtures/observers');
export const GUEST_PROGRAMS = join(PROJECT, 'test/machines/programs');

export function temporaryDirectory(): string {
  return removedAfterwards(mkdtempSync(join(tmpdir(), 'governor-test-')));
}

/** Two CPUs that we may use: what the tests of places are written for, on a machine of any size. */
export const TWO_CPUS: Cpuset = affinitiesByTaskset(process.pid)[0]!.slice(0, 2);

/** A `governor run` on those two CPUs, or another verb, that goes on while the test looks at it. */
export class GovernedRun {
  readonly child: ChildProcess;
  private readonly out: AsyncIterator<string>;
  private readonly err: AsyncIterator<string>;

  constructor(
    options: readonly string[],
    command: readonly string[],
    environment: NodeJS.ProcessEnv = {},
    verb: 'run' | 'launch' = 'run',
  ) {
    this.child = reaped(
      spawn('taskset', ['-c', TWO_CPUS.join(), process.execPath, GOVERNOR, verb, ...options, '--', ...command], {
        env: plainEnvironment({ STARTED_DIRECTORY: temporaryDirectory(), ...environment }),
        detached: true,
      }),
      { group: true },
    );
    this.out = createInterface({ input: this.child.stdout! })[Symbol.asyncIterator]();
    this.err = createInterface({ input: this.child.stderr! })[Symbol.asyncIterator]();
  }

  /** The next line of the program's stdout. */
  async line(): Promise<string> {
    const { value, done } = await this.out.next();
    if (done) throw new Error('the program ended without the line waited for');
    return value;
  }

  /** Reads stderr up to a line that matches, and returns all lines read. */
  async said(text: RegExp): Promise<string[]> {
    const lines: string[] = [];
    for (;;) {
      const { value, done } = await this.err.next();
      if (done) throw new Error(`governor ended without saying ${text}; it said: ${lines.join('\n')}`);
      lines.push(value);
      if (text.test(value)) return lines;
    }
  }

  /** Ends stdin and waits for the end. */
  async end(): Promise<{ status: number | null; stderr: string }> {
    this.child.stdin!.end();
    return this.ended();
  }

  async ended(): Promise<{ status: number | null; stderr: string }> {
    if (this.child.exitCode === null && this.child.signalCode === null) await once(this.child, 'exit');
    let stderr = '';
    for (;;) {
      const { value, done } = await this.err.next();
      if (done) return { status: this.child.exitCode, stderr };
      stderr += `${value}\n`;
    }
  }
}

/** Affinity of each thread of a process, as taskset tells it. */
export function affinitiesByTaskset(pid: number): Cpuset[] {
  const text = execFileSync('taskset', ['-acp', String(pid)], { encoding: 'utf8' });
  return text
    .trim()
    .split('\n')
    .map(line => parseCpulist(line.slice(line.lastIndexOf(':') + 1)));
}

/** The one CPU that every thread of a process is confined to, as taskset tells it; null where it is not so. */
export function onlyCpu(pid: number): number | null {
  const cpus = new Set(affinitiesByTaskset(pid).map(affinity => affinity.join()));
  const [only] = cpus;
  return cpus.size === 1 && only !== undefined && /^\d+$/.test(only) ? Number(only) : null;
}
