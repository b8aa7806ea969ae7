import assert from 'node:assert/strict';
import fc from 'fast-check';
import { choosePlaces, type PlaceChoice, type Shortage } from '../../../lib/core/claims/choose-places.js';
import type { ClaimRecord } from '../../../lib/core/claims/claim.js';
import { inTheWay, nextTicket, othersClaims, queuePositions, waitingClaims } from '../../../lib/core/claims/queue.js';
import { cpuset, formatCpulist, intersect, parseCpulist } from '../../../lib/core/cpuset.js';
import type { Host } from '../../../lib/core/machine/host.js';
import { aClaim, CALM, requestEach } from '../../helpers/claims.js';
import { madeHost } from '../../helpers/machine/hosts.js';
import { holds } from '../../helpers/property.js';

const twelve = madeHost({ cores: 12 });
const name = (digit: number) => String(digit).repeat(16);
const held = (cpus: string, more: Partial<ClaimRecord> = {}) => aClaim({ cpus: parseCpulist(cpus), ...more });
const waits = (ticket: number, wanted: number, among = '0-11') =>
  aClaim({ name: name(ticket), cpus: [], waiting: { ticket, wanted, among: parseCpulist(among) } });

function turn(host: Host, workers: number | undefined, claims: ClaimRecord[], ticket?: number, within?: string) {
  const request = requestEach(
    { workers, threadsPerWorker: 1, reserve: 0 },
    within === undefined ? {} : { GOVERNOR_CLAIM: within },
  );
  const found = choosePlaces(host, request, claims, CALM, ticket);
  return 'places' in found ? formatCpulist(found.cpus) : reasonOf(found);
}
const reasonOf = ({ free, holders, ahead }: Shortage) =>
  `${free.length} free, ${holders.length} hold, ${ahead.length} ahead`;

describe('claims of the runs around a program are its own', () => {
  const [outer, inner, other] = [1, 2, 3].map((digit): ClaimRecord => aClaim({ name: name(digit) }));
  const others = (names: string | undefined) =>
    othersClaims([outer!, inner!, other!], { GOVERNOR_CLAIM: names })
      .map(claim => claim.name[0])
      .join('');

  it('GOVERNOR_CLAIM lists their names', () => {
    assert.equal(others(undefined), '123');
    assert.equal(others(''), '123');
    assert.equal(others(outer!.name), '23');
    assert.equal(others(`${outer!.name},${inner!.name}`), '3');
    assert.equal(others('nonsense,,'), '123');
  });
});

describe('those that wait for CPUs', () => {
  it('keep whoever comes later from the free CPUs that they may use, however little it wants', () => {
    const claims = [held('0-9'), waits(1, 4)];
    assert.equal(turn(twelve, 1, claims), '0 free, 1 hold, 1 ahead');
    assert.equal(turn(twelve, undefined, claims), '0 free, 1 hold, 1 ahead');
    assert.equal(turn(twelve, 1, claims, 2), '0 free, 1 hold, 1 ahead');
  });
  it('get their CPUs in the order of their arrival', () => {
    const claims = [held('0-7'), waits(1, 4), waits(2, 2)];
    assert.equal(turn(twelve, 2, claims, 2), '0 free, 1 hold, 1 ahead');
    assert.equal(turn(twelve, 4, claims, 1), '8-11');
    assert.equal(turn(twelve, 2, [held('0-3'), held('8-11'), claims[2]!], 2), '4-5');
  });
  it('do not keep others from CPUs that they may not use', () => {
    const claims = [held('0-3'), waits(1, 2, '0-5')];
    assert.equal(turn(twelve, 2, claims), '6-7');
    assert.equal(turn(twelve, 7, claims), '6 free, 1 hold, 1 ahead');
  });
  it('do not keep a run from the CPUs of the run around it', () => {
    const outer = held('0-7', { name: name(9) });
    assert.equal(turn(twelve, 2, [outer, waits(1, 12)], undefined, outer.name), '0-1');
    assert.equal(turn(twelve, 9, [outer, waits(1, 12)], undefined, outer.name), '8 free, 0 hold, 1 ahead');
  });
  it('get a ticket above all others, and a position behind those that want one of the same CPUs', () => {
    const queue = [waits(3, 1, '0-3'), waits(5, 1, '8'), waits(7, 1, '3-8')];
    assert.equal(nextTicket([]), 1);
    assert.equal(nextTicket([held('0'), ...queue]), 8);
    assert.deepEqual(
      queuePositions([...queue].reverse()).map(({ claim, position }) => [claim.waiting.ticket, position]),
      [
        [3, 1],
        [5, 1],
        [7, 3],
      ],
    );
  });
  it('those with the same ticket are not behind each other', () => {
    const queue = [waits(1, 1, '0-3'), waits(2, 1, '0-3'), waits(2, 1, '3'), waits(3, 1, '3')];
    assert.deepEqual(
      queuePositions(queue).map(({ position }) => position),
      [1, 2, 2, 4],
    );
  });
  it('are no holders', () => assert.deepEqual(inTheWay([waits(1, 1)], {}, [0, 1]).holders, []));

  it('never overtake, and the first one starts as soon as enough is free, whatever is held', () => {
    holds([fc.array(fc.integer({ min: 1, max: 12 }), { minLength: 1, maxLength: 8 })], queue => {
      let claims: ClaimRecord[] = queue.map((wanted, i) => waits(i + 1, wanted));
      const started: number[] = [];
      for (let round = 0; claims.length > 0 && round < 100; round++) {
        for (const claim of waitingClaims(claims)) {
          const { ticket, wanted: workers } = claim.waiting as { ticket: number; wanted: number };
          const request = requestEach({ workers, threadsPerWorker: 1, reserve: 0 });
          const others = claims.filter(one => one !== claim);
          const found = choosePlaces(twelve, request, others, CALM, ticket);
          if (!('places' in found)) continue;
          const { cpus } = found as PlaceChoice;
          assert.equal(cpus.length, workers);
          for (const other of others) assert.deepEqual(intersect(other.cpus, cpus), []);
          started.push(ticket);
          claims = claims.map(one => (one === claim ? { ...claim, cpus: cpuset(cpus), waiting: null } : one));
        }
        const [first] = claims.filter(one => one.waiting === null);
        assert.ok(first, 'somebody starts in each round');
        claims = claims.filter(one => one !== first);
      }
      assert.deepEqual(
        started,
        queue.map((_, i) => i + 1),
      );
    });
  });
});
