import assert from 'node:assert/strict';
import type { ThreadUse } from '../../../lib/core/audit/demand.js';
import { isCrowded, programDemand, worstFirst } from '../../../lib/core/audit/program-demand.js';

const use = (told: Partial<ThreadUse>): ThreadUse => ({
  pid: 1,
  tid: 1,
  startTime: 1,
  name: 'x',
  state: 'R',
  affinity: [0, 1],
  lastCpu: 0,
  run: 0.5,
  wait: 0.5,
  sliceMs: 4,
  alive: true,
  present: 1,
  ran: 9,
  ...told,
});

describe('the demand of a program', () => {
  it('CPUs wanted, and CPUs wanted ÷ CPUs', () => {
    const { wanted, demand, ratio, threads, verdict } = programDemand(
      [use({}), use({}), use({}), use({ run: 0, wait: 0 })],
      null,
      null,
    );
    assert.deepEqual(
      { wanted, demand, ratio, threads, verdict },
      { wanted: 3, demand: 1.5, ratio: 2, threads: 4, verdict: 'over-subscribed' },
    );
  });
  it('counts the demand of threads that ended, but not the threads', () => {
    const { wanted, threads, ratio } = programDemand([use({}), use({ alive: false })], null, null);
    assert.deepEqual({ wanted, threads, ratio }, { wanted: 2, threads: 1, ratio: 0.5 });
  });
  it('a limit on CPU time replaces the number of CPUs', () => {
    const { demand, effectiveCpus } = programDemand([use({})], 0.5, null);
    assert.deepEqual({ demand, effectiveCpus }, { demand: 2, effectiveCpus: 0.5 });
  });
});

describe('programs with more demand or threads than CPUs', () => {
  it('one of the two is enough', () => {
    assert.deepEqual(
      [
        [1, 1],
        [1.1, 0.5],
        [0, 1.5],
      ].map(([demand, ratio]) => isCrowded({ demand: demand!, ratio: ratio! })),
      [false, true, true],
    );
  });
  it('the worst first: by demand, then by threads', () => {
    const made = (pid: number, demand: number, ratio: number) => ({ pid, demand, ratio });
    const sorted = worstFirst([made(4, 0.001, 3), made(3, 0, 50), made(2, 1, 1), made(1, 4, 2), made(5, 0, 50)]);
    assert.deepEqual(
      sorted.map(({ pid }) => pid),
      [1, 2, 3, 5, 4],
    );
  });
});
