import assert from 'node:assert/strict';
import { mendedPlace, verify, type SeenRank } from '../../../lib/core/launch/verification.js';

let tid = 0;
const thread = (affinity: number[], wanted = 1) => ({ pid: 10, tid: ++tid, affinity, wanted });
const rank = (number: number, place: number[], threads = [thread(place)]): SeenRank => ({
  rank: number,
  place,
  threads,
});
const drifts = (ranks: SeenRank[], { allowed = [0, 1, 2, 3], threads = 1, shared = false } = {}) =>
  verify(ranks, allowed, threads, shared).drifts;

describe('verification of ranks', () => {
  it('finds nothing where every thread is in its place', () => {
    assert.deepEqual(verify([rank(0, [0]), rank(1, [1], [thread([1]), thread([1], 0.05)])], [0, 1], 1, false), {
      ranks: 2,
      threads: 3,
      computing: 2,
      sharing: false,
      drifts: [],
    });
  });
  it('a thread may be narrower than the place, not elsewhere', () => {
    const seen = rank(1, [2, 3], [thread([2]), thread([0, 1], 0), thread([3, 0], 0)]);
    assert.deepEqual(drifts([seen]), [
      { kind: 'outside-place', rank: 1, place: [2, 3], affinity: [0, 1, 3], tids: [tid - 1, tid] },
    ]);
  });
  it('CPUs of a place that are gone', () => {
    assert.deepEqual(drifts([rank(0, [2, 3], [])], { allowed: [0, 1, 2] }), [
      { kind: 'place-lost', rank: 0, place: [2, 3], lost: [3] },
    ]);
  });
  it('CPUs that several have, unless there are too few', () => {
    const seen = [rank(0, [0, 1], []), rank(1, [1, 2], []), rank(2, [1, 2], [])];
    assert.deepEqual(drifts(seen, { allowed: [0, 1, 2, 3, 4, 5] }), [
      { kind: 'place-twice', ranks: [0, 1, 2], cpus: [1] },
      { kind: 'place-twice', ranks: [1, 2], cpus: [2] },
    ]);
    for (const [allowed, shared] of [
      [[0, 1, 2, 3, 4, 5], true],
      [[0, 1, 2, 3, 4], false],
    ] as const) {
      const { sharing, drifts } = verify(seen, [...allowed], 1, shared);
      assert.deepEqual({ sharing, drifts }, { sharing: true, drifts: [] }, 'as planned, or since one has gone offline');
    }
  });
  it('more threads that compute than the rank has; those that rest do not count', () => {
    const busy = [1, 1, 0.1, 0.09].map(wanted => thread([0], wanted));
    assert.deepEqual(drifts([rank(0, [0], busy)]), [{ kind: 'too-many-threads', rank: 0, computing: 3, budgeted: 1 }]);
    assert.deepEqual(drifts([rank(0, [0], busy)], { threads: 3 }), []);
    assert.deepEqual(drifts([rank(0, [0, 1, 2], busy)]), [], 'a place of cores with several CPUs has room for as many');
  });
  it('of no ranks is fine', () =>
    assert.deepEqual(verify([], [0], 1, false), { ranks: 0, threads: 0, computing: 0, sharing: false, drifts: [] }));
});

describe('a place that is mended', () => {
  it('is what is left of it', () => assert.deepEqual(mendedPlace([2, 3], [0, 1, 2], [[0], [1]], [2]), [2]));
  it('where nothing is left, as many CPUs as it had, those that the fewest others have', () => {
    assert.deepEqual(mendedPlace([5], [0, 1, 2, 3], [[0], [1], [2]], []), [3]);
    assert.deepEqual(mendedPlace([5, 6], [0, 1, 2, 3], [[0, 1], [0]], []), [2, 3]);
    assert.deepEqual(mendedPlace([5], [0, 1], [[0], [0], [1]], []), [1]);
    assert.deepEqual(mendedPlace([5, 6], [4], [], []), [4]);
  });
  it('none that somebody else has claimed, were it to be shared with others of the launch; one that has, where there are only such', () => {
    assert.deepEqual(mendedPlace([5], [0, 1, 2, 3], [[0]], [1, 2]), [3]);
    assert.deepEqual(mendedPlace([5], [0, 1, 2], [[0]], [1, 2]), [0]);
    assert.deepEqual(mendedPlace([5, 6], [0, 1, 2], [[4]], [1, 2]), [0]);
    assert.deepEqual(mendedPlace([5], [1, 2], [[1]], [1, 2]), [2]);
  });
  it('is none where no CPU is allowed', () => assert.deepEqual(mendedPlace([5], [], [], []), []));
});
