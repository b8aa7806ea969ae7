import { AnswerWatch, type AnswerStep } from '../core/launch/answer-watch.js';
import type { LeftProcess } from '../core/launch/left-process.js';
import type { RunWarning } from '../core/launch/run-warning.js';
import type { ProcessRecord } from '../core/processes/records.js';
import { leftProcess, Supervisors } from '../system/launch/supervisors.js';
import type { Warden } from '../system/launch/warden.js';

const TICK_MS = 1000;

/** What an ending reports to its supervision. */
export interface EndingEvents {
  /** seconds since the launch began */
  now(): number;
  /** the warden does not answer */
  silent(): void;
  /** nobody waits any longer for what is left */
  gaveUp(): void;
  warned(warning: RunWarning): void;
}

/** Sees to it that a launch ends if it has to, even if its warden does not answer. */
export class Ending {
  /** processes that have not ended */
  left: LeftProcess[] = [];
  private readonly watch = new AnswerWatch();
  private readonly supervisors: Supervisors;
  private timer: NodeJS.Timeout | undefined;
  /** what ran when the warden was killed */
  private killed: readonly ProcessRecord[] = [];

  constructor(
    private readonly warden: Warden,
    private readonly events: EndingEvents,
  ) {
    this.supervisors = new Supervisors(warden.keeper);
  }

  get silent(): boolean {
    return this.watch.silent;
  }

  /** The warden has passed on a signal that ends programs, unless nobody is there. */
  ask(): void {
    this.watch.asks(this.events.now());
    this.warden.ask();
    this.tick();
  }

  /** @param grace seconds */
  finish(grace: number): void {
    this.watch.finishes(this.events.now(), grace);
    this.warden.finish(grace);
    this.tick();
  }

  answered(): void {
    this.watch.answered();
  }

  /** A process that refuses our signals. */
  refused(pid: number): void {
    const found = leftProcess(pid);
    if (found) this.left.push(found);
  }

  /** Nothing is left, or nobody waits for it. */
  over(): void {
    clearInterval(this.timer);
    this.left.push(...this.killed.flatMap(({ pid, startTime }) => leftProcess(pid, startTime) ?? []));
    if (this.left.length > 0) this.events.warned({ kind: 'not-ended', processes: this.left });
  }

  private tick(): void {
    // A process that was stopped for a while finds its time over, and the answer among the events that come next.
    this.timer ??= setInterval(() => setImmediate(() => this.look()), TICK_MS);
  }

  private look(): void {
    if (!this.watch.needed) {
      clearInterval(this.timer);
      this.timer = undefined;
      return;
    }
    for (const step of this.watch.steps(this.events.now())) this.take(step);
  }

  private take(step: AnswerStep): void {
    switch (step) {
      case 'ask': {
        const grace = this.watch.graceLeft(this.events.now());
        this.watch.asks(this.events.now());
        return grace === null ? this.warden.ask() : this.warden.finish(grace);
      }
      case 'resume':
        return this.supervisors.resume();
      case 'report': {
        const { pid = null, state = null } = this.supervisors.warden ?? {};
        this.events.warned({ kind: 'warden-silent', pid, state });
        return this.events.silent();
      }
      case 'report-late': {
        const processes = this.supervisors.programs().flatMap(({ pid }) => leftProcess(pid) ?? []);
        if (processes.length > 0) this.events.warned({ kind: 'ends-late', processes });
        return;
      }
      case 'terminate':
        return this.supervisors.signalPrograms('SIGTERM');
      case 'kill':
        this.killed = this.supervisors.programs();
        return this.supervisors.killWarden();
      case 'kill-all':
        return this.supervisors.killAll();
      case 'give-up':
        this.killed = this.supervisors.programs();
        return this.events.gaveUp();
    }
  }
}
