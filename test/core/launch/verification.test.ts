import assert from 'node:assert/strict';
import { verify, type SeenRank, type SeenThread } from '../../../lib/core/launch/verification.js';

const thread = (affinity: number[], wanted = 1, tid = 10): SeenThread => ({ pid: 10, tid, affinity, wanted });
const rank = (number: number, place: number[], threads = [thread(place)], borrowed: number[] = []): SeenRank => ({
  rank: number,
  place,
  borrowed,
  threads,
});
const drifts = (ranks: SeenRank[], { allowed = [0, 1, 2, 3], threads = 1, shared = false } = {}) =>
  verify(ranks, allowed, threads, shared).drifts;

describe('verification of ranks', () => {
  it('lets threads onto the CPUs that their rank has borrowed, and as many of them', () => {
    assert.deepEqual(drifts([rank(0, [0], [thread([0, 1]), thread([0, 1])], [1]), rank(1, [1], [thread([1], 0)])]), []);
  });
  it('finds nothing if every thread is in its place', () => {
    assert.deepEqual(verify([rank(0, [0]), rank(1, [1], [thread([1]), thread([1], 0.05)])], [0, 1], 1, false), {
      ranks: 2,
      threads: 3,
      computing: 2,
      sharing: false,
      drifts: [],
    });
  });
  it('finds threads outside the place, but not those on a part of it', () => {
    const seen = rank(1, [2, 3], [thread([2], 1, 100), thread([0, 1], 0, 101), thread([3, 0], 0, 102)]);
    assert.deepEqual(drifts([seen]), [
      { kind: 'outside-place', rank: 1, place: [2, 3], affinity: [0, 1, 3], tids: [101, 102] },
    ]);
  });
  it('finds CPUs of a place that are lost', () => {
    assert.deepEqual(drifts([rank(0, [2, 3], [])], { allowed: [0, 1, 2] }), [
      { kind: 'place-lost', rank: 0, place: [2, 3], lost: [3] },
    ]);
  });
  it('finds CPUs that several ranks share, unless there are fewer CPUs than ranks', () => {
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
  it('finds more computing threads than the rank may have; idle threads do not count', () => {
    const busy = [1, 1, 0.1, 0.09].map(wanted => thread([0], wanted));
    assert.deepEqual(drifts([rank(0, [0], busy)]), [{ kind: 'too-many-threads', rank: 0, computing: 3, budgeted: 1 }]);
    assert.deepEqual(drifts([rank(0, [0], busy)], { threads: 3 }), []);
    const inTurns = [0.7, 0.4, 0.1].map(wanted => thread([0], wanted));
    assert.deepEqual(drifts([rank(0, [0], inTurns)]), [], 'threads that take turns want one CPU together');
    assert.deepEqual(drifts([rank(0, [0, 1, 2], busy)]), [], 'a place of cores with several CPUs has room for as many');
  });
  it('finds nothing if there are no ranks', () =>
    assert.deepEqual(verify([], [0], 1, false), { ranks: 0, threads: 0, computing: 0, sharing: false, drifts: [] }));
});
