import assert from 'node:assert/strict';
import fc from 'fast-check';
import { judgeThreads, MOST_CONFINED, MOST_RUNNING, type SampledThread } from '../../lib/core/oversubscription.js';
import { holds } from '../helpers/property.js';

const CPUS = [0, 1, 2, 3];
const threads = (count: number, running = 1, affinity: readonly number[] = CPUS): SampledThread[] => (
  Array.from({ length: count }, () => ({ affinity, running }))
);

describe('over-subscription: more running threads than CPUs', () => {
  it('is fine with one running thread for each CPU', () => {
    assert.deepEqual(judgeThreads(threads(4), null), { verdict: 'fine', ratio: 1, running: 4, cpus: CPUS, effectiveCpus: 4, hottest: null });
  });
  it('is fine a little above that', () => {
    assert.equal(judgeThreads(threads(5), null).verdict, 'fine');
    assert.equal(5 / 4, MOST_RUNNING);
  });
  it('is told above 1.25 for each CPU', () => {
    const found = judgeThreads(threads(6), null);
    assert.deepEqual([found.verdict, found.ratio], ['over-subscribed', 1.5]);
  });
  it('does not count threads that sleep, however many', () => {
    assert.deepEqual([judgeThreads(threads(500, 0), null).verdict, judgeThreads(threads(500, 0), null).ratio], ['fine', 0]);
    assert.equal(judgeThreads(threads(40, 0.1), null).ratio.toFixed(6), '1.000000');
  });
  it('nobody at all is fine', () => {
    assert.deepEqual(judgeThreads([], null), { verdict: 'fine', ratio: 0, running: 0, cpus: [], effectiveCpus: 1, hottest: null });
  });
});

describe('over-subscription: a quota', () => {
  it('counts where it is less than the CPUs', () => {
    const found = judgeThreads(threads(4), 1.5);
    assert.deepEqual([found.verdict, found.effectiveCpus, found.ratio], ['over-subscribed', 1.5, 4 / 1.5]);
  });
  it('does not where it is more', () => assert.equal(judgeThreads(threads(4), 16).effectiveCpus, 4));
});

describe('over-subscription: threads confined to the same CPUs', () => {
  it('three on one CPU are too many, though others idle', () => {
    const found = judgeThreads([...threads(3, 1, [0]), ...threads(1, 0, CPUS)], null);
    assert.deepEqual(found.hottest, { cpus: [0], running: 3, ratio: 3 });
    assert.equal(found.verdict, 'over-subscribed');
  });
  it('two on one CPU are told, and fine', () => {
    const found = judgeThreads([...threads(2, 1, [0]), ...threads(1, 0, CPUS)], null);
    assert.deepEqual([found.verdict, found.hottest!.ratio, found.hottest!.ratio < MOST_CONFINED], ['fine', 2, true]);
  });
  it('the hottest is the one with the most for each CPU', () => {
    assert.deepEqual(judgeThreads([...threads(3, 1, [0, 1]), ...threads(2, 1, [2]), ...threads(1, 1, [3])], null).hottest, { cpus: [2], running: 2, ratio: 2 });
  });
  it('one worker a place is fine', () => assert.equal(judgeThreads(CPUS.flatMap(cpu => threads(1, 1, [cpu])), null).verdict, 'fine'));
  it('there is none where all threads may use the same CPUs', () => assert.equal(judgeThreads(threads(9, 1, [2]), null).hottest, null));
});

describe('over-subscription: for any threads', () => {
  const anyThread = fc.record({
    affinity: fc.subarray([0, 1, 2, 3, 64, 1024]), running: fc.double({ min: 0, max: 1, noNaN: true }),
  });
  it('the ratio is running threads ÷ CPUs, and the order does not matter', () => {
    holds([fc.array(anyThread, { maxLength: 30 }), fc.option(fc.double({ min: 0.05, max: 20, noNaN: true }))], (list, quota) => {
      const found = judgeThreads(list, quota);
      const again = judgeThreads([...list].reverse(), quota);
      assert.ok(Number.isFinite(found.ratio) && found.effectiveCpus > 0 && found.effectiveCpus <= Math.max(1, found.cpus.length));
      assert.ok(Math.abs(found.ratio * found.effectiveCpus - found.running) < 1e-9);
      assert.deepEqual(again.cpus, found.cpus);
      assert.ok(Math.abs(again.ratio - found.ratio) < 1e-9);
    });
  });
});
