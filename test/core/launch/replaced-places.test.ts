import assert from 'node:assert/strict';
import type { Cpuset } from '../../../lib/core/cpuset.js';
import { regainedPlace, repairedPlace } from '../../../lib/core/launch/replaced-places.js';

const repaired = (place: Cpuset, allowed: Cpuset, others: Cpuset[], claimed: Cpuset) =>
  repairedPlace(place, { allowed, others, claimed });
const regained = (place: Cpuset, planned: Cpuset, allowed: Cpuset, others: Cpuset[], claimed: Cpuset = []) =>
  regainedPlace(place, planned, { allowed, others, claimed });

describe('the repaired place of a rank that has lost CPUs', () => {
  it('is what is left of it', () => assert.deepEqual(repaired([2, 3], [0, 1, 2], [[0], [1]], [2]), [2]));
  it('has as many CPUs as before if none is left: those in the fewest other places', () => {
    assert.deepEqual(repaired([5], [0, 1, 2, 3], [[0], [1], [2]], []), [3]);
    assert.deepEqual(repaired([5, 6], [0, 1, 2, 3], [[0, 1], [0]], []), [2, 3]);
    assert.deepEqual(repaired([5], [0, 1], [[0], [0], [1]], []), [1]);
    assert.deepEqual(repaired([5, 6], [4], [], []), [4]);
  });
  it('prefers CPUs of other places to claimed CPUs', () => {
    assert.deepEqual(repaired([5], [0, 1, 2, 3], [[0]], [1, 2]), [3]);
    assert.deepEqual(repaired([5], [0, 1, 2], [[0]], [1, 2]), [0]);
    assert.deepEqual(repaired([5, 6], [0, 1, 2], [[4]], [1, 2]), [0]);
    assert.deepEqual(repaired([5], [1, 2], [[1]], [1, 2]), [2]);
  });
  it('is empty if no CPU is allowed', () => assert.deepEqual(repaired([5], [], [], []), []));
});

describe('the place that a rank regains', () => {
  it('is the planned one, once all its CPUs are allowed and unclaimed', () => {
    assert.deepEqual(regained([4], [2, 3], [2, 3, 4], []), [2, 3]);
    assert.deepEqual(regained([0], [4], [0, 1, 4], [[0], [1]]), [4]);
    assert.deepEqual(regained([4], [2, 3], [2, 3, 4], [], [3]), [2, 4], 'more CPUs than now, without the claimed one');
  });
  it('is elsewhere if other CPUs have come: 0-5, then 0-3, then 0-3 and 6-7', () => {
    const now: Cpuset[] = [[0], [1], [2], [3], [0], [1]];
    const allowed = [0, 1, 2, 3, 6, 7];
    for (const rank of [0, 1, 2, 3, 4, 5]) {
      const others = now.filter((_, i) => i !== rank);
      now[rank] = regained(now[rank]!, [rank], allowed, others);
    }
    assert.deepEqual(now, [[0], [1], [2], [3], [6], [7]]);
  });
  it('is as large as planned again', () => {
    assert.deepEqual(regained([4], [4, 5], [4, 6], [[0]]), [4, 6]);
    assert.deepEqual(regained([0, 1], [4, 5], [0, 1, 6, 7], [[0, 1]]), [6, 7]);
    assert.deepEqual(regained([0, 1], [4, 5], [0, 1, 6], [[0, 1]]), [0, 6], 'less is shared than before');
  });
  it('stays if nothing better has come, if others have claimed it, or if the rank was never moved', () => {
    assert.deepEqual(regained([0], [4], [0, 1], [[0], [1]]), [0]);
    assert.deepEqual(regained([0], [4], [0, 1, 6], [[0], [1]], [6]), [0]);
    assert.deepEqual(regained([4], [4], [4, 6], [[4]]), [4]);
  });
  it('is not the planned one if another place holds that meanwhile', () => {
    assert.deepEqual(regained([6], [4], [4, 6], [[4]]), [6]);
  });
});
