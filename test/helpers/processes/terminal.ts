import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { OBSERVERS } from './governed.js';
import { reaped } from './reap.js';
import { plainEnvironment } from './run.js';
import { GOVERNOR, PYTHON } from '../shared.js';

/** A `governor` in a terminal of its own, which the test types into and looks at. */
export class Terminal {
  readonly child: ChildProcess;
  /** all that was written to the terminal */
  written = '';

  constructor(
    args: readonly string[],
    {
      columns = 80,
      rows = 24,
      environment = {},
    }: { columns?: number; rows?: number; environment?: NodeJS.ProcessEnv } = {},
  ) {
    this.child = reaped(
      spawn(
        PYTHON,
        [join(OBSERVERS, 'in_terminal.py'), String(columns), String(rows), process.execPath, GOVERNOR, ...args],
        {
          env: plainEnvironment({ TERM: 'xterm', NO_COLOR: '1', ...environment }),
          stdio: ['pipe', 'pipe', 'inherit'],
        },
      ),
    );
    this.child.stdout!.setEncoding('utf8').on('data', (text: string) => {
      this.written += text;
      this.child.emit('written');
    });
  }

  type(keys: string): void {
    this.child.stdin!.write(keys);
  }

  /** Waits until what has been written matches. */
  async shows(text: RegExp): Promise<void> {
    while (!text.test(this.written)) await once(this.child, 'written');
  }

  /** The lines of each whole screen that was written; the last one may still be coming. */
  frames(): string[][] {
    return this.written
      .split('\x1b[H')
      .slice(1, -1)
      .map(frame => frame.split(/\r*\n/).map(line => line.replace(/\x1b\[[?\d;]*[A-Za-z]/g, '')));
  }

  /** The exit status, once everything is written. */
  async ended(): Promise<number | null> {
    if (this.child.exitCode === null || !this.child.stdout!.readableEnded) await once(this.child, 'close');
    return this.child.exitCode;
  }
}
