import { native } from '../native.js';

/** Signals that a user sends to a program through its launcher. */
const FORWARDED: readonly NodeJS.Signals[] = [
  'SIGHUP',
  'SIGINT',
  'SIGQUIT',
  'SIGTERM',
  'SIGUSR1',
  'SIGUSR2',
  'SIGWINCH',
  'SIGCONT',
];

/** The terminal sends these to the whole foreground process group: the program has them already. */
const FROM_TERMINAL: ReadonlySet<NodeJS.Signals> = new Set(['SIGINT', 'SIGQUIT', 'SIGWINCH', 'SIGCONT']);

/** Hears the signals that are meant for programs, each once, until it is stopped; they do not end this process meanwhile. */
export class SignalForwarder {
  private readonly stops: (() => void)[];

  /** @param pass `arrived`: the programs have it from the terminal already */
  constructor(pass: (signal: NodeJS.Signals, arrived: boolean) => void) {
    this.stops = FORWARDED.map(signal => {
      const listener = () => pass(signal, FROM_TERMINAL.has(signal) && native.inForeground());
      process.on(signal, listener);
      return () => process.off(signal, listener);
    });
  }

  stop(): void {
    for (const stop of this.stops) stop();
  }
}
