import type { ChildProcess } from 'node:child_process';
import { native } from './native.js';

/** Signals that a user sends to a program through its launcher. */
const FORWARDED: readonly NodeJS.Signals[] = ['SIGHUP', 'SIGINT', 'SIGQUIT', 'SIGTERM', 'SIGUSR1', 'SIGUSR2', 'SIGWINCH', 'SIGCONT'];

/** The terminal sends these to the whole foreground process group: the program has them already. */
const FROM_TERMINAL: ReadonlySet<NodeJS.Signals> = new Set(['SIGINT', 'SIGQUIT', 'SIGWINCH', 'SIGCONT']);

/** Passes signals on to a program, each once. Those that come before it is started are kept for it. */
export class SignalForwarder {
  private child: ChildProcess | null = null;
  private readonly early: NodeJS.Signals[] = [];
  private readonly stops = FORWARDED.map(signal => {
    const listener = () => this.pass(signal);
    process.on(signal, listener);
    return () => process.off(signal, listener);
  });

  to(child: ChildProcess): void {
    this.child = child;
    for (const signal of this.early) child.kill(signal);
  }

  stop(): void {
    for (const stop of this.stops) stop();
  }

  private pass(signal: NodeJS.Signals): void {
    if (!this.child) this.early.push(signal);
    else if (!(FROM_TERMINAL.has(signal) && native.inForeground())) this.child.kill(signal);
  }
}
