import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  Lifecycle,
  type Action,
  type RankExit,
  type Happened,
  type LifecycleOptions,
} from '../../../lib/core/launch/lifecycle.js';
import { holds } from '../../helpers/property.js';

const FINE: RankExit = { code: 0, signal: null };
const SEVEN: RankExit = { code: 7, signal: null };
const TERMINATED: RankExit = { code: null, signal: 'SIGTERM' };

/** A launch whose ranks all run; the pid of a rank is 100 + rank. */
function running(count: number, options: LifecycleOptions = {}): Lifecycle {
  const life = new Lifecycle(count, options);
  assert.deepEqual(
    life.begin(),
    life.ranks.map((_, rank) => ({ action: 'start', rank })),
  );
  for (let rank = 0; rank < count; rank++) start(life, rank);
  return life;
}

const start = (life: Lifecycle, rank: number) =>
  assert.deepEqual(life.handle({ event: 'started', rank, pid: rank + 100 }, 0), []);
const end = (life: Lifecycle, rank: number, exit: RankExit, at = 0) => life.handle({ event: 'ended', rank, exit }, at);
const states = (life: Lifecycle) => life.ranks.map(rank => rank.state).join(' ');
const FINISH: Action[] = [{ action: 'finish', grace: 5 }];

describe('a launch whose ranks all succeed', () => {
  it('ends with the last rank, and ends the processes that they left behind', () => {
    const life = running(2);
    assert.deepEqual(end(life, 1, FINE), []);
    assert.deepEqual(end(life, 0, FINE), FINISH);
    assert.deepEqual(life.failures, []);
    assert.deepEqual(life.ranks[0], { state: 'ended', pid: null, restarts: 0, exit: FINE, failed: false });
  });
});

describe('a rank that fails', () => {
  it('ends the others, and the first failure gives the result', () => {
    const life = running(3, { grace: 0.07 });
    assert.deepEqual(end(life, 1, SEVEN, 1.234), [{ action: 'finish', grace: 0.07 }]);
    assert.deepEqual(end(life, 0, TERMINATED, 1300), []);
    assert.deepEqual(end(life, 2, FINE, 1300), []);
    assert.deepEqual(life.failures[0], { rank: 1, exit: SEVEN, errno: null, syscall: null, at: 1.234 });
    assert.deepEqual(
      life.failures.map(failure => failure.rank),
      [1, 0],
    );
    assert.ok(life.done);
  });
  it('by a signal ends the others too', () => {
    assert.deepEqual(end(running(2), 0, { code: null, signal: 'SIGSEGV' }), FINISH);
  });
  it('to start ends the others too', () => {
    const life = new Lifecycle(2);
    life.begin();
    assert.deepEqual(life.handle({ event: 'not-started', rank: 0, errno: 2, syscall: 'execve' }, 5), FINISH);
    assert.deepEqual(life.failures, [{ rank: 0, exit: null, errno: 2, syscall: 'execve', at: 5 }]);
  });
  it('does not end the others with keepGoing', () => {
    const life = running(3, { keepGoing: true });
    assert.deepEqual(end(life, 1, SEVEN), []);
    assert.deepEqual(end(life, 2, TERMINATED), []);
    assert.equal(states(life), 'running ended ended');
    assert.deepEqual(end(life, 0, FINE), FINISH);
    assert.deepEqual(
      life.failures.map(failure => failure.rank),
      [1, 2],
    );
  });
});

describe('restarts of a rank', () => {
  it('come after 0.5 s, then twice as long each time up to 30 s, until none is left', () => {
    const life = running(1, { restarts: 8 });
    const waits: number[] = [];
    for (let i = 0; i < 8; i++) {
      const [rest] = end(life, 0, SEVEN);
      assert.ok(rest?.action === 'rest' && rest.rank === 0);
      waits.push(rest.seconds);
      assert.equal(states(life), 'waiting');
      assert.deepEqual(life.handle({ event: 'rested', rank: 0 }, 0), [{ action: 'start', rank: 0 }]);
      start(life, 0);
    }
    assert.deepEqual(waits, [0.5, 1, 2, 4, 8, 16, 30, 30]);
    assert.deepEqual(life.failures, []);
    assert.deepEqual(end(life, 0, SEVEN), FINISH);
    assert.deepEqual(life.failures.length, 1);
    assert.equal(life.ranks[0]!.restarts, 8);
  });
  it('are counted for each rank, and other ranks continue meanwhile', () => {
    const life = running(2, { restarts: 1 });
    assert.deepEqual(end(life, 0, SEVEN), [{ action: 'rest', rank: 0, seconds: 0.5 }]);
    assert.deepEqual(end(life, 1, SEVEN), [{ action: 'rest', rank: 1, seconds: 0.5 }]);
    assert.deepEqual(life.handle({ event: 'rested', rank: 1 }, 0), [{ action: 'start', rank: 1 }]);
    assert.equal(states(life), 'waiting starting');
  });
  it('do not happen after it has succeeded', () => {
    assert.deepEqual(end(running(1, { restarts: 3 }), 0, FINE), FINISH);
  });
  it('keep a launch going, even if all other ranks have succeeded', () => {
    const life = running(2, { restarts: 1 });
    end(life, 0, SEVEN);
    assert.deepEqual(end(life, 1, FINE), []);
  });
  it('do not happen after the launch is stopped: the rank has failed', () => {
    const life = running(2, { restarts: 1 });
    end(life, 0, SEVEN, 10);
    assert.deepEqual(life.handle({ event: 'stop' }, 20), FINISH);
    assert.deepEqual(life.failures, [{ rank: 0, exit: SEVEN, errno: null, syscall: null, at: 10 }]);
    assert.deepEqual(life.handle({ event: 'rested', rank: 0 }, 500), []);
    assert.equal(states(life), 'ended running');
  });
});

describe('a launch that is interrupted', () => {
  it('lets the ranks handle the first signal for as long as they need, and restarts none', () => {
    const life = running(2, { restarts: 5 });
    assert.deepEqual(life.handle({ event: 'interrupted' }, 0), []);
    assert.deepEqual(end(life, 0, { code: null, signal: 'SIGINT' }), []);
    assert.equal(states(life), 'ended running');
    assert.deepEqual(end(life, 1, FINE), FINISH);
    assert.equal(life.failures.length, 1);
  });
  it('ends if the only rank left waits for its restart', () => {
    const life = running(1, { restarts: 5 });
    end(life, 0, SEVEN);
    assert.deepEqual(life.handle({ event: 'interrupted' }, 0), FINISH);
    assert.deepEqual(
      life.failures.map(failure => failure.exit),
      [SEVEN],
    );
  });
  it('ends all ranks, once, at a second signal, a time limit or an abort', () => {
    const life = running(2);
    life.handle({ event: 'interrupted' }, 0);
    assert.deepEqual(life.handle({ event: 'stop' }, 0), FINISH);
    assert.deepEqual(life.handle({ event: 'stop' }, 0), []);
    assert.deepEqual([...end(life, 0, TERMINATED), ...end(life, 1, TERMINATED)], []);
  });
});

describe('a launch, whatever happens', () => {
  const options = fc.record({ keepGoing: fc.boolean(), restarts: fc.integer({ min: 0, max: 3 }) });
  const steps = fc.array(fc.tuple(fc.nat(), fc.nat(9)), { maxLength: 60 });

  /** What may happen to a rank next. */
  function next(life: Lifecycle, [which, what]: [number, number]): Happened {
    const rank = which % life.ranks.length;
    if (what === 9) return { event: which % 3 === 0 ? 'stop' : 'interrupted' };
    switch (life.ranks[rank]!.state) {
      case 'starting':
        return what === 0
          ? { event: 'not-started', rank, errno: 13, syscall: 'execve' }
          : { event: 'started', rank, pid: 7 };
      case 'running':
        return { event: 'ended', rank, exit: what % 2 ? FINE : SEVEN };
      default:
        return { event: 'rested', rank };
    }
  }

  it('finishes exactly once, with no rank running, and lists each failure once', () => {
    holds([fc.integer({ min: 1, max: 4 }), options, steps], (count, given, chosen) => {
      const life = new Lifecycle(count, given);
      life.begin();
      let finishes = 0;
      const happens = (happened: Happened) => {
        finishes += life.handle(happened, 0).filter(action => action.action === 'finish').length;
      };
      for (const step of chosen) happens(next(life, step as [number, number]));
      for (let rank = 0; rank < count; rank++)
        while (life.ranks[rank]!.state !== 'ended') happens(next(life, [rank, 1]));
      assert.equal(finishes, 1);
      assert.ok(life.done);
      const failed = life.failures.map(failure => failure.rank);
      assert.deepEqual(
        [...failed].sort(),
        life.ranks.flatMap((rank, i) => (rank.failed ? [i] : [])),
      );
      assert.ok(life.ranks.every(rank => rank.restarts <= given.restarts));
    });
  });
});
