import assert from 'node:assert/strict';
import fc from 'fast-check';
import { judge, LIMITS, tooMuch, type JudgedThread } from '../../../lib/core/audit/verdict.js';
import { holds } from '../../helpers/property.js';

const CPUS = [0, 1, 2, 3];

/** Equal threads. */
function threads(count: number, told: Partial<JudgedThread> = {}): JudgedThread[] {
  return Array.from({ length: count }, () => ({ affinity: CPUS, run: 1, wait: 0, sliceMs: 3, ...told }));
}

describe('verdict: by the demand of threads, on 4 CPUs', () => {
  const verdict = (list: JudgedThread[], quota: number | null = null) => judge(list, quota, null).verdict;

  it('as many running threads as CPUs are fine', () => {
    assert.deepEqual(judge(threads(4), null, null), {
      verdict: 'fine',
      demand: 1,
      ratio: 1,
      run: 4,
      wait: 0,
      cpus: CPUS,
      effectiveCpus: 4,
      sliceMs: 3,
      hottest: null,
      throttled: null,
    });
  });
  it('a few more are still fine', () => assert.equal(verdict(threads(5, { run: 0.8, wait: 0.2 })), 'fine'));
  it('twice as many are over-subscribed', () =>
    assert.equal(verdict(threads(8, { run: 0.5, wait: 0.5 })), 'over-subscribed'));
  it('so many that they switch all the time are thrashing', () => {
    assert.equal(verdict(threads(32, { run: 0.125, wait: 0.875, sliceMs: 0.03 })), 'thrashing');
    assert.equal(verdict(threads(32, { run: 0.125, wait: 0.875, sliceMs: 1 })), 'over-subscribed');
  });
  it('few threads with short slices are not thrashing: they wait for each other, not for a CPU', () => {
    assert.equal(verdict(threads(4, { run: 0.9, sliceMs: 0.01 })), 'fine');
  });
  it('sleeping threads are fine, however many', () => {
    const found = judge(threads(500, { run: 0, sliceMs: null }), null, null);
    assert.deepEqual([found.verdict, found.demand, found.ratio, found.sliceMs], ['idle', 0, 125, null]);
  });
  it('forty threads that run a tenth of the time count as four', () =>
    assert.equal(judge(threads(40, { run: 0.1 }), null, null).demand.toFixed(6), '1.000000'));
  it('two threads that wait for a CPU half of the time are starved by others', () => {
    assert.equal(verdict(threads(2, { run: 0.5, wait: 0.5 })), 'starved by others');
  });
  it('threads that wait for each other are not starved', () => {
    assert.equal(
      verdict([...threads(2, { affinity: [0], run: 0.5, wait: 0.5 }), ...threads(1, { run: 0, affinity: CPUS })]),
      'fine',
    );
  });
  it('no thread at all', () => {
    assert.deepEqual(judge([], null, null), {
      verdict: 'idle',
      demand: 0,
      ratio: 0,
      run: 0,
      wait: 0,
      cpus: [],
      effectiveCpus: 1,
      sliceMs: null,
      hottest: null,
      throttled: null,
    });
  });
});

describe('verdict: a quota', () => {
  it('replaces the number of CPUs if it is less', () => {
    assert.equal(judge(threads(4), 1.5, null).effectiveCpus, 1.5);
    assert.equal(judge(threads(4), 16, null).effectiveCpus, 4);
  });
  it('throttles if it cuts periods short', () => {
    const found = judge(threads(2, { run: 0.5, wait: 0.5 }), 1, { periods: 0.9, cpus: 1 });
    assert.deepEqual([found.verdict, found.demand], ['throttled by quota', 1]);
  });
  it('does not throttle if it hardly ever does', () =>
    assert.equal(judge(threads(2, { run: 0.5 }), 1, { periods: 0.05, cpus: 0.01 }).verdict, 'fine'));
  it('more threads than CPUs are over-subscribed with or without it', () => {
    assert.equal(
      judge(threads(16, { run: 0.1, wait: 0.9, sliceMs: 2 }), 2, { periods: 1, cpus: 2 }).verdict,
      'over-subscribed',
    );
  });
});

describe('verdict: threads confined to few CPUs', () => {
  it('three on one CPU are over-subscribed, even if others are free', () => {
    const found = judge(
      [...threads(3, { affinity: [0], run: 0.33, wait: 0.67 }), ...threads(1, { run: 0, affinity: CPUS })],
      null,
      null,
    );
    assert.equal(found.verdict, 'over-subscribed');
    assert.deepEqual(found.hottest?.cpus, [0]);
  });
  it('two that share a place are reported, and fine', () => {
    const found = judge([...threads(2, { affinity: [0] }), ...threads(1, { run: 0, affinity: CPUS })], null, null);
    assert.deepEqual([found.verdict, found.hottest], ['fine', { cpus: [0], wanted: 2, demand: 2 }]);
  });
  it('reports the CPUs that are wanted most', () => {
    const found = judge(
      [...threads(3, { affinity: [0, 1] }), ...threads(2, { affinity: [2] }), ...threads(1, { affinity: [3] })],
      null,
      null,
    );
    assert.deepEqual(found.hottest, { cpus: [2], wanted: 2, demand: 2 });
  });
  it('one worker per place is fine', () =>
    assert.equal(
      judge(
        CPUS.flatMap(cpu => threads(1, { affinity: [cpu] })),
        null,
        null,
      ).verdict,
      'fine',
    ));
  it('reports none if all threads may use the same CPUs', () =>
    assert.equal(judge(threads(9, { affinity: [2] }), null, null).hottest, null));
});

describe('verdict: for any threads', () => {
  const share = fc.double({ min: 0, max: 1, noNaN: true });
  const thread = fc.record({
    affinity: fc.subarray(CPUS, { minLength: 1 }),
    run: share,
    wait: share,
    sliceMs: fc.option(fc.double({ min: 0.001, max: 100, noNaN: true })),
  });
  it('the order of threads does not matter, and demand is never below 0', () =>
    holds<[JudgedThread[], number | null]>(
      [fc.array(thread, { maxLength: 40 }), fc.option(fc.double({ min: 0.1, max: 8, noNaN: true }))],
      (list, quota) => {
        const found = judge(list, quota, null);
        const again = judge([...list].reverse(), quota, null);
        assert.equal(found.demand.toFixed(6), again.demand.toFixed(6));
        assert.ok(found.demand >= 0 && found.effectiveCpus > 0);
      },
    ));
  it('a sleeping thread changes only the ratio', () =>
    holds<[JudgedThread[]]>([fc.array(thread, { minLength: 1, maxLength: 40 })], list => {
      const found = judge(list, null, null);
      const more = judge([...list, { affinity: found.cpus, run: 0, wait: 0, sliceMs: null }], null, null);
      assert.equal(found.verdict, more.verdict);
      assert.ok(more.ratio > found.ratio);
    }));
  it("only the program's own demand counts as too much", () => {
    assert.deepEqual(
      (['fine', 'idle', 'starved by others', 'over-subscribed', 'thrashing', 'throttled by quota'] as const).map(
        tooMuch,
      ),
      [false, false, false, true, true, true],
    );
    assert.ok(LIMITS.demand > 1 && LIMITS.confined > LIMITS.demand);
  });
});
