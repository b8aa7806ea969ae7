import assert from 'node:assert/strict';
import { AnswerWatch } from '../../../lib/core/launch/answer-watch.js';

/** The steps of each second that has any, as `3: report`. */
function stepsUntil(watch: AnswerWatch, last: number, answers: (second: number) => boolean = () => false): string[] {
  const found: string[] = [];
  for (let second = 1; second <= last; second++) {
    const steps = watch.steps(second);
    if (steps.length > 0) found.push(`${second}: ${steps.join(' ')}`);
    if (steps.includes('ask')) watch.asks(second);
    if (answers(second)) watch.answered();
  }
  return found;
}

describe('a warden that owes an answer', () => {
  it('is not needed before it is asked, nor after it has answered', () => {
    const watch = new AnswerWatch();
    assert.equal(watch.needed, false);
    watch.asks(0);
    assert.equal(watch.needed, true);
    watch.answered();
    assert.equal(watch.needed, false);
    assert.equal(watch.silent, false);
  });
  it('is continued, then reported; programs go on as long as nobody wants their end', () => {
    const watch = new AnswerWatch();
    watch.asks(0);
    assert.deepEqual(stepsUntil(watch, 100), ['2: resume', '3: report']);
    assert.equal(watch.silent, true);
    watch.answered();
    assert.equal(watch.silent, false);
  });
  it('that answers while everything ends is asked again each second, for half a minute after the grace', () => {
    const watch = new AnswerWatch();
    watch.finishes(0, 5);
    watch.answered();
    const steps = stepsUntil(watch, 35, () => true);
    assert.equal(steps.length, 35);
    assert.deepEqual(
      steps.filter(step => !step.endsWith(': ask')),
      ['7: ask report-late', '35: ask give-up'],
    );
  });
  it('does not keep programs from ending: SIGTERM, SIGKILL after the grace, and the keeper last', () => {
    const watch = new AnswerWatch();
    watch.finishes(0, 5);
    assert.deepEqual(stepsUntil(watch, 8), [
      '2: resume',
      '3: report terminate',
      '5: kill',
      '7: kill-all',
      '8: kill-all',
    ]);
  });
  it('with a short grace, programs still get a second between SIGTERM and SIGKILL', () => {
    const watch = new AnswerWatch();
    watch.finishes(0, 0);
    assert.deepEqual(stepsUntil(watch, 4), ['2: resume', '3: report terminate', '4: kill']);
  });
  it('that is silent already is not waited for', () => {
    const watch = new AnswerWatch();
    watch.asks(0);
    stepsUntil(watch, 10);
    watch.finishes(10, 0.5);
    assert.deepEqual(watch.steps(11), ['terminate']);
    assert.deepEqual(watch.steps(12), ['kill']);
  });
  it('that answers again loses no time, and the first deadline stays', () => {
    const watch = new AnswerWatch();
    watch.finishes(0, 5);
    assert.deepEqual(
      stepsUntil(watch, 6, second => second === 3),
      ['2: resume', '3: report terminate', '4: ask', '6: resume'],
    );
    assert.equal(watch.graceLeft(3), 2);
    watch.finishes(3, 100);
    assert.equal(watch.graceLeft(3), 2);
    watch.finishes(3, 0.5);
    assert.equal(watch.graceLeft(3), 0.5);
    assert.equal(new AnswerWatch().graceLeft(3), null);
  });
});
