import { native } from '../native.js';

/** Signals that a user may send to a program through its launcher. */
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

/** The terminal sends these to the whole foreground process group, so the program has received them already. */
const FROM_TERMINAL: ReadonlySet<NodeJS.Signals> = new Set(['SIGINT', 'SIGQUIT', 'SIGWINCH', 'SIGCONT']);

/** Passes on the signals that are meant for programs, until it is stopped; meanwhile they do not end this process. */
export class SignalForwarder {
  private readonly stops: (() => void)[];

  /** @param pass `arrived`: the programs received the signal from the terminal already */
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
