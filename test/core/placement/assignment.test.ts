import assert from 'node:assert/strict';
import fc from 'fast-check';
import { assign, type Assignment, type Candidate } from '../../../lib/core/placement/assignment.js';
import { holds } from '../../helpers/property.js';

/** Workers by name: `A` works, `a` sleeps. */
const workers = (names: string): Candidate[] =>
  [...names].map(name => ({ identity: name.toLowerCase(), active: name !== name.toLowerCase() }));
const places = (count: number) => Array.from({ length: count }, (_, cpu) => [cpu]);

/** The workers that appear one look after the other, and who has which place in the end: `a0 b1`. */
function after(count: number, ...looks: string[]): Assignment & { text: string } {
  let held: ReadonlyMap<string, number> = new Map();
  let last!: Assignment;
  for (const look of looks) {
    last = assign(places(count), held, workers(look));
    ({ held } = last);
  }
  return {
    ...last,
    text: [...held]
      .map(([identity, place]) => identity + place)
      .sort()
      .join(' '),
  };
}

describe('assignment: each worker has its own place', () => {
  it('from the first call on', () => {
    const { text, pin, release, crowded } = after(3, 'ABC');
    assert.equal(text, 'a0 b1 c2');
    assert.deepEqual(pin, [
      { identity: 'a', place: 0 },
      { identity: 'b', place: 1 },
      { identity: 'c', place: 2 },
    ]);
    assert.deepEqual([release, crowded], [[], false]);
  });
  it('and keeps it without being pinned again', () => {
    assert.deepEqual(after(3, 'AB', 'AB').pin, []);
    assert.deepEqual(after(3, 'AB', 'BA').pin, []);
    assert.deepEqual(after(3, 'AB', 'ABC').pin, [{ identity: 'c', place: 2 }]);
  });
  it('no workers, no pins', () =>
    assert.deepEqual(
      { ...after(2, ''), text: '' },
      { held: new Map(), pin: [], release: [], crowded: false, text: '' },
    ));
});

describe('assignment: a free place is used again', () => {
  it('after its worker has gone and is released', () => {
    const look = after(2, 'AB', 'B', 'BC');
    assert.equal(look.text, 'b1 c0');
    assert.deepEqual(after(2, 'AB', 'B').release, ['a']);
    assert.deepEqual(look.release, [], 'once');
  });
  it('in the same call too', () => assert.equal(after(2, 'AB', 'CB').text, 'b1 c0'));
});

describe('assignment: a sleeping worker does not keep others out', () => {
  it('an active worker without a place may share its place', () => {
    const look = after(2, 'aB', 'aBC');
    assert.equal(look.text, 'a0 b1 c0');
    assert.equal(look.crowded, false);
  });
  it('it keeps its place while another is free', () => assert.equal(after(3, 'aB', 'aBC').text, 'a0 b1 c2'));
  it('a sleeping pool is not crowded', () =>
    assert.deepEqual([after(2, 'abcd').text, after(2, 'abcd').crowded], ['a0 b1 c0 d1', false]));
});

describe('assignment: workers that share', () => {
  it('move apart as soon as a place has no active worker', () => {
    assert.equal(after(2, 'ABC').text, 'a0 b1 c0');
    const look = after(2, 'ABC', 'AbC');
    assert.deepEqual([look.text, look.crowded], ['a1 b1 c0', false]);
  });
  it('move to the place of a worker that has gone', () => {
    const look = after(2, 'ABC', 'AC');
    assert.deepEqual([look.pin.length, look.crowded], [1, false]);
    assert.notEqual(look.held.get('a'), look.held.get('c'));
  });
  it('stay if every place has an active worker', () => assert.deepEqual(after(2, 'ABC', 'ABC').pin, []));
  it('are reported, balanced to within one', () => {
    const look = after(3, 'ABCDEFGH');
    assert.equal(look.text, 'a0 b1 c2 d0 e1 f2 g0 h1');
    assert.equal(look.crowded, true);
  });
});

describe('assignment: after any sequence of calls', () => {
  const worker = fc.record({ identity: fc.constantFrom(...'abcdefghijkl'), active: fc.boolean() });
  const look = fc.uniqueArray(worker, { selector: one => one.identity, maxLength: 12 });
  const sequence = fc.array(look, { minLength: 1, maxLength: 8 });
  const eachLook = (
    check: (
      now: Assignment,
      before: ReadonlyMap<string, number>,
      candidates: readonly Candidate[],
      count: number,
    ) => void,
  ) => {
    holds([fc.integer({ min: 1, max: 6 }), sequence], (count, looks) => {
      let held: ReadonlyMap<string, number> = new Map();
      for (const candidates of looks) {
        const before = new Map(held);
        const now = assign(places(count), held, candidates);
        assert.deepEqual(held, before, 'what it was given is as it was');
        check(now, held, candidates, count);
        ({ held } = now);
      }
    });
  };

  it('exactly the present workers have a place', () => {
    eachLook(({ held }, _, candidates, count) => {
      assert.deepEqual([...held.keys()].sort(), candidates.map(one => one.identity).sort());
      for (const place of held.values()) assert.ok(place >= 0 && place < count);
    });
  });
  it('pins are the difference from before, and workers that have gone are released', () => {
    eachLook(({ held, pin, release }, before) => {
      const changed = [...held]
        .filter(([identity, place]) => before.get(identity) !== place)
        .map(([identity, place]) => ({ identity, place }));
      assert.deepEqual([...pin].sort(byIdentity), changed.sort(byIdentity));
      assert.deepEqual([...release].sort(), [...before.keys()].filter(identity => !held.has(identity)).sort());
    });
  });
  it('active workers are balanced to within one: none shares while a place has no active worker', () => {
    eachLook(({ held, crowded }, _, candidates, count) => {
      const load = places(count).map(
        (__, place) => candidates.filter(one => one.active && held.get(one.identity) === place).length,
      );
      assert.ok(Math.max(...load) - Math.min(...load) <= 1, load.join());
      assert.equal(crowded, candidates.filter(one => one.active).length > count);
    });
  });
  it('a second call with the same workers changes nothing', () => {
    eachLook((now, _, candidates, count) => {
      const again = assign(places(count), now.held, candidates);
      assert.deepEqual([again.pin, again.release, again.held], [[], [], now.held]);
    });
  });
  it('a sleeping worker with a place is never moved', () => {
    eachLook(({ held }, before, candidates) => {
      for (const { identity, active } of candidates)
        if (!active && before.has(identity)) assert.equal(held.get(identity), before.get(identity));
    });
  });
});

function byIdentity(a: { identity: string }, b: { identity: string }): number {
  return a.identity < b.identity ? -1 : 1;
}
