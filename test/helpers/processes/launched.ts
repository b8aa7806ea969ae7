import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { reaped } from './reap.js';
import { governor, plainEnvironment, type Finished } from './run.js';
import { GOVERNOR } from '../shared.js';

/** A `governor launch` that runs while the test watches it. */
export class Launched {
  readonly child: ChildProcess;
  private readonly out: AsyncIterator<string>;
  private stderr = '';

  /** @param ownGroup whether it leads its own process group */
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

  /** The next `count` lines of the ranks' stdout, sorted. */
  async lines(count: number): Promise<string[]> {
    const lines: string[] = [];
    while (lines.length < count) {
      const { value, done } = await this.out.next();
      if (done) throw new Error(`the launch ended without the expected lines; it printed: ${this.stderr}`);
      lines.push(value);
    }
    return lines.sort();
  }

  /** The parent of the warden. */
  keeper(): number {
    return childOf(this.pid);
  }

  /** The parent of the ranks. */
  warden(): number {
    return childOf(this.keeper());
  }

  async ended(): Promise<{ status: number | null; stderr: string }> {
    if (this.child.exitCode === null && this.child.signalCode === null) await once(this.child, 'close');
    return { status: this.child.exitCode, stderr: this.stderr };
  }
}

/** Runs `governor launch -q` with a shell script as the program of each rank. */
export function launchedScript(
  options: readonly string[],
  script: string,
  environment: NodeJS.ProcessEnv = {},
  input = '',
): Promise<Finished> {
  return governor(['launch', '-q', ...options, '--', 'sh', '-c', script], environment, input);
}

/** The lines of a text, sorted: ranks print in any order. */
export function sortedLines(text: string): string[] {
  return text.trim().split('\n').sort();
}

/** The children that the main thread of a process has. */
export function childrenOf(pid: number): number[] {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').map(Number);
}

/** The only child of a process. */
export function childOf(pid: number): number {
  const [child, ...others] = childrenOf(pid);
  if (others.length > 0) throw new Error(`process ${pid} has children besides ${child}: ${others.join()}`);
  return child!;
}

/** Processes whose environment has this variable with this value, except zombies. */
export function processesWith(name: string, value: string): number[] {
  return processesWhere(variable => variable === `${name}=${value}`);
}

/** Processes whose environment has a `NAME=VALUE` that begins so. */
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
