import assert from 'node:assert/strict';
import { rmSync, writeFileSync } from 'node:fs';
import { subtract, type Cpuset } from '../../lib/core/cpuset.js';
import type { RunWarning } from '../../lib/core/launch/run-warning.js';
import { badInput } from '../../lib/errors.js';
import { HeldPlaces, type ChoosePlace } from '../../lib/runtime/held-places.js';
import { ledgerDirectory, makeClaim, readClaims, type Claim } from '../../lib/system/claims/ledger.js';
import { removedAfterwards } from '../helpers/processes/reap.js';
import { badInputError } from '../helpers/property.js';

const PLACES = [[0], [1, 2]];
/** The lowest of CPUs 0 to 5 that is neither claimed by others nor in our other places. */
const lowestFree: ChoosePlace = (claimed, others) =>
  subtract([0, 1, 2, 3, 4, 5], [...claimed, ...others.flat()].sort()).slice(0, 1);

describe('held places', () => {
  const open: Claim[] = [];
  const claimOf = async (cpus: Cpuset): Promise<Claim> => {
    const { claim } = await makeClaim('test', () => ({ cpus }));
    open.push(claim);
    return claim;
  };
  const claimed = () => readClaims().map(({ cpus }) => cpus);
  afterEach(() => {
    for (const claim of open.splice(0)) claim.close();
  });

  it('show a replaced place to the other ranks, and remember the planned one', async () => {
    const places = new HeldPlaces({ places: PLACES, claim: null });
    assert.deepEqual(await places.replace(0, lowestFree), [0]);
    assert.deepEqual(await places.replace(1, lowestFree), [1]);
    assert.deepEqual(places.current, [[0], [1]]);
    assert.deepEqual(places.planned, PLACES);
  });
  it('add places and claim them, except those that others have claimed', async () => {
    const places = new HeldPlaces({ places: PLACES, claim: await claimOf([0, 1, 2]) });
    await claimOf([4]);
    assert.deepEqual(await places.add([[3], [4], [5]]), [[3], [5]]);
    assert.deepEqual(places.current, [...PLACES, [3], [5]]);
    assert.deepEqual(places.planned, places.current);
    assert.deepEqual(claimed(), [[0, 1, 2, 3, 5], [4]]);
  });
  it('claim what was added and what was replaced at the same moment', async () => {
    const places = new HeldPlaces({ places: PLACES, claim: await claimOf([0, 1, 2]) });
    await Promise.all([places.replace(0, () => [5]), places.add([[3]]), places.replace(1, () => [1])]);
    assert.deepEqual(places.current, [[5], [1], [3]]);
    assert.deepEqual(claimed(), [[1, 3, 5]]);
  });
  it('add places as they are, without a claim', async () => {
    const places = new HeldPlaces({ places: PLACES, claim: null });
    assert.deepEqual(await places.add([[3]]), [[3]]);
    assert.deepEqual(places.current, [...PLACES, [3]]);
  });
  it('keep a place for which the choice is empty', async () => {
    const places = new HeldPlaces({ places: PLACES, claim: null });
    assert.deepEqual(await places.replace(0, () => []), []);
    assert.deepEqual(places.current, PLACES);
  });
  it('claim new CPUs, give back lost ones, and avoid those of others', async () => {
    const places = new HeldPlaces({ places: PLACES, claim: await claimOf([0, 1, 2]) });
    await claimOf([3]);
    assert.deepEqual(await places.replace(1, (taken, others) => lowestFree([1, 2, ...taken], others)), [4]);
    assert.deepEqual(claimed(), [[0, 4], [3]]);
  });
  it('do not claim CPUs of a place that others have claimed', async () => {
    const places = new HeldPlaces({ places: PLACES, claim: await claimOf([0, 1, 2]) });
    await claimOf([3]);
    assert.deepEqual(await places.replace(0, () => [3]), [3]);
    assert.deepEqual(claimed(), [[1, 2], [3]]);
  });
  it('replace a place without the ledger too, with one warning', async () => {
    const warnings: RunWarning[] = [];
    const places = new HeldPlaces({
      places: PLACES,
      claim: await claimOf([0, 1, 2]),
      onWarning: one => warnings.push(one),
    });
    rmSync(ledgerDirectory(), { recursive: true });
    writeFileSync(removedAfterwards(ledgerDirectory()), '');
    assert.deepEqual(await places.replace(0, () => [5]), [5]);
    assert.deepEqual(await places.replace(0, () => [4]), [4]);
    assert.deepEqual(
      warnings.map(({ kind }) => kind),
      ['not-claimed'],
    );
  });
  it('do not report an error of the choice as one of the ledger', async () => {
    const places = new HeldPlaces({ places: PLACES, claim: await claimOf([0, 1, 2]), onWarning: () => assert.fail() });
    const refuse = () => {
      throw badInput('places', 1, 'another');
    };
    await assert.rejects(places.replace(0, refuse), badInputError(/^invalid places 1/));
    assert.deepEqual(places.current, PLACES);
  });
});
