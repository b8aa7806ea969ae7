import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { reaped } from './reap.js';
import { plainEnvironment } from './run.js';
import { GOVERNOR } from '../shared.js';

/** A `governor launch` that goes on while the test looks at it. */
export class Launched {
  readonly child: ChildProcess;
  private readonly out: AsyncIterator<string>;
  private stderr = '';

  /** @param ownGroup whether it leads a process group of its own */
  constructor(
    options: readonly string[],
    command: readonly string[],
    environment: NodeJS.ProcessEnv = {},
    ownGroup = false,
  ) {
    this.child = reaped(
      spawn(process.execPath, [GOVERNOR, 'launch', '-q', ...options, '--', ...command], {
        env: plainEnvironment(environment),
        detached: ownGroup,
      }),
    );
    this.out = createInterface({ input: this.child.stdout! })[Symbol.asyncIterator]();
    this.child.stderr!.on('data', text => {
      this.stderr += String(text);
    });
  }

  get pid(): number {
    return this.child.pid!;
  }

  /** So many lines of the ranks' stdout, sorted. */
  async lines(count: number): Promise<string[]> {
    const lines: string[] = [];
    while (lines.length < count) {
      const { value, done } = await this.out.next();
      if (done) throw new Error(`the launch ended without the lines waited for; it said: ${this.stderr}`);
      lines.push(value);
    }
    return lines.sort();
  }

  /** The parent of the warden. */
  keeper(): number {
    return childOf(this.pid);
  }

  /** The process between it and the ranks. */
  warden(): number {
    return childOf(this.keeper());
  }

  async ended(): Promise<{ status: number | null; stderr: string }> {
    if (this.child.exitCode === null && this.child.signalCode === null) await once(this.child, 'close');
    return { status: this.child.exitCode, stderr: this.stderr };
  }
}

/** The only child of a process. */
export function childOf(pid: number): number {
  return Number(readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim());
}

/** Processes that have a variable in their environment with this value, zombies left out. */
export function processesWith(name: string, value: string): number[] {
  return processesWhere(variable => variable === `${name}=${value}`);
}

/** Those with a variable that begins so. */
export function processesMarked(beginning: string): number[] {
  return processesWhere(variable => variable.startsWith(beginning));
}

function processesWhere(holds: (variable: string) => boolean): number[] {
  return readdirSync('/proc')
    .filter(entry => /^\d+$/.test(entry))
    .filter(pid => {
      try {
        return readFileSync(`/proc/${pid}/environ`, 'latin1').split('\0').some(holds);
      } catch {
        return false;
      }
    })
    .map(Number)
    .filter(pid => pid !== process.pid);
}
