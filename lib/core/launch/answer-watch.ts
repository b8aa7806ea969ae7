/** What to do about a supervisor that owes an answer, or about programs that do not end. */
export type AnswerStep =
  /** ask for an answer; if everything has to end, repeat that it has to */
  | 'ask'
  /** continue it: somebody may have stopped it */
  | 'resume'
  /** report that it does not answer */
  | 'report'
  /** report which processes have not ended although they were killed */
  | 'report-late'
  /** terminate the programs without it */
  | 'terminate'
  /** kill it; its parent, the keeper, then kills the programs */
  | 'kill'
  /** kill everything that came of the keeper, and then the keeper */
  | 'kill-all'
  /** wait no longer */
  | 'give-up';

/** Seconds in which an answer is due. A machine that has run out of memory may need one. */
const ANSWER_SECONDS = 2;
/** Seconds for a step to show its effect. */
const STEP_SECONDS = 1;
/** Seconds after SIGKILL for which a process may take to end: one that has much memory gives it back first. */
const END_SECONDS = 30;

/**
 * Watches over the end of a launch. The supervisor of its programs, the warden, may be stopped or traced, and a program
 * may have become another user's: whatever happens, the launch ends. Pure: it gets the time, in seconds, and returns
 * what to do.
 */
export class AnswerWatch {
  /** since when an answer is missing; null: none is */
  private asked: number | null = null;
  /** when programs are killed; null: they may go on */
  private deadline: number | null = null;
  private terminated = Infinity;
  private killed = Infinity;
  private readonly taken = new Set<AnswerStep>();

  /** whether it has not answered, even after it was continued */
  get silent(): boolean {
    return this.taken.has('report');
  }

  /** whether `steps` has to be called once a second */
  get needed(): boolean {
    return this.asked !== null || this.deadline !== null;
  }

  /** The supervisor got a command that it answers. */
  asks(at: number): void {
    this.asked ??= at;
  }

  /** It got the command to end everything. @param grace seconds until programs are killed */
  finishes(at: number, grace: number): void {
    this.asks(at);
    this.deadline = Math.min(this.deadline ?? Infinity, at + grace);
  }

  answered(): void {
    this.asked = null;
    for (const step of ['resume', 'report', 'terminate'] as const) this.taken.delete(step);
  }

  /** seconds that are left until programs are killed; null: they may go on */
  graceLeft(at: number): number | null {
    return this.deadline === null ? null : Math.max(0, this.deadline - at);
  }

  steps(at: number): AnswerStep[] {
    const steps: AnswerStep[] = [];
    const once = (step: AnswerStep, due: boolean): boolean => {
      if (!due || this.taken.has(step)) return false;
      this.taken.add(step);
      steps.push(step);
      return true;
    };
    const silence = at - (this.asked ?? at);
    if (this.asked === null) steps.push('ask');
    once('resume', silence >= ANSWER_SECONDS);
    once('report', silence >= ANSWER_SECONDS + STEP_SECONDS);
    if (this.deadline === null) return steps;
    if (once('terminate', this.silent)) this.terminated = at;
    const overdue = at >= Math.max(this.deadline, this.terminated + STEP_SECONDS);
    if (once('kill', this.silent && overdue)) this.killed = at;
    if (at >= this.killed + ANSWER_SECONDS) steps.push('kill-all');
    once('report-late', at >= this.deadline + ANSWER_SECONDS && this.asked === null);
    once('give-up', at >= this.deadline + END_SECONDS);
    return steps;
  }
}
