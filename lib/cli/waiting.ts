import { constants } from 'node:os';
import { waitLine } from '../report/claims/claims.js';
import type { WaitOptions } from '../runtime/claim-in-turn.js';
import { ignoredSignals } from '../system/launch/shell-state.js';
import type { FlagValues } from './flags/flag.js';
import { say } from './messages.js';

/** Signals by which a user ends a program. */
const ENDING: readonly NodeJS.Signals[] = ['SIGHUP', 'SIGINT', 'SIGQUIT', 'SIGTERM'];

/**
 * The wait of --wait: it reports who holds the CPUs, and a signal that ends this process takes it out of the queue
 * first.
 */
export class Waiting {
  private readonly controller = new AbortController();
  private readonly stops: (() => void)[] = [];

  constructor(private readonly flags: FlagValues) {
    if (flags.wait === undefined) return;
    const ignored = new Set(ignoredSignals());
    for (const signal of ENDING) {
      const end = ignored.has(constants.signals[signal]) ? () => {} : () => this.controller.abort(signal);
      process.on(signal, end);
      this.stops.push(() => process.off(signal, end));
    }
  }

  get options(): WaitOptions {
    const { wait, quiet } = this.flags;
    const onWait: WaitOptions['onWait'] = shortage => {
      if (!quiet) say(waitLine(shortage, Date.now()));
    };
    return wait === undefined ? {} : { wait, onWait, signal: this.controller.signal };
  }

  /** Signals are for the program from now on. */
  over(): void {
    for (const stop of this.stops.splice(0)) stop();
  }

  /** What `work` returns. If a signal ended the wait, this process ends by that signal. */
  async around<T>(work: Promise<T>): Promise<T> {
    try {
      return await work;
    } finally {
      this.over();
      if (this.controller.signal.aborted) process.kill(process.pid, this.controller.signal.reason as NodeJS.Signals);
    }
  }
}
