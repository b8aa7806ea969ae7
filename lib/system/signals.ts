import type { ChildProcess } from 'node:child_process';
import { native } from './native.js';

/** Signals that a user sends to a program through its launcher. */
const FORWARDED: readonly NodeJS.Signals[] = ['SIGHUP', 'SIGINT', 'SIGQUIT', 'SIGTERM', 'SIGUSR1', 'SIGUSR2', 'SIGWINCH', 'SIGCONT'];

/** The terminal sends these to the whole foreground process group: the program has them already. */
const FROM_TERMINAL: ReadonlySet<NodeJS.Signals> = new Set(['SIGINT', 'SIGQUIT', 'SIGWINCH', 'SIGCONT']);

/** Passes signals on to the program, each once, until the function returned is called. */
export function forwardSignals(child: ChildProcess): () => void {
  const listeners = FORWARDED.map(signal => {
    const listener = () => {
      if (!(FROM_TERMINAL.has(signal) && native.inForeground())) child.kill(signal);
    };
    process.on(signal, listener);
    return () => process.off(signal, listener);
  });
  return () => {
    for (const stop of listeners) stop();
  };
}
