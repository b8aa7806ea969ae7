import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  choosePlaces,
  leavesChoice,
  placesIgnoringClaims,
  type PlaceChoice,
  type Shortage,
} from '../../../lib/core/claims/choose-places.js';
import { placeRequest, type PlaceRequest } from '../../../lib/core/claims/place-request.js';
import type { Surroundings } from '../../../lib/core/claims/surroundings.js';
import { intersect, union } from '../../../lib/core/cpuset.js';
import { allowedCpus } from '../../../lib/core/machine/host.js';
import { POLICIES } from '../../../lib/core/placement/policy.js';
import { aClaim, CALM, requestEach } from '../../helpers/claims.js';
import { anyHost, holds } from '../../helpers/property.js';

describe('places beside claims on any machine', () => {
  const anyCpus = fc
    .uniqueArray(fc.integer({ min: 0, max: 69 }), { maxLength: 60 })
    .map(cpus => cpus.sort((a, b) => a - b));
  const anyAround = fc
    .record({
      affinities: fc.array(anyCpus, { maxLength: 3 }),
      load: fc.array(fc.tuple(fc.integer({ min: 0, max: 69 }), fc.double({ min: 0, max: 1, noNaN: true }))),
    })
    .map(
      ({ affinities, load }): Surroundings => ({
        ledger: 'the ledger',
        strangers: affinities.map((cpus, pid) => ({ pid, uid: 0, user: null, command: 'x', affinities: [cpus] })),
        load: new Map(load),
      }),
    );
  const anyOptions = fc.record({
    workers: fc.option(fc.integer({ min: 1, max: 20 }), { nil: undefined }),
    threadsPerWorker: fc.option(fc.integer({ min: 1, max: 4 }), { nil: undefined }),
    reserve: fc.option(fc.integer({ min: 0, max: 3 }), { nil: undefined }),
    physical: fc.boolean(),
  });
  const anyRequest = fc
    .record({
      options: anyOptions,
      policy: fc.option(fc.constantFrom(...POLICIES), { nil: undefined }),
      places: fc.constantFrom<PlaceRequest['places']>('each', 'distinct', [[0]]),
    })
    .map(({ options, policy, places }) =>
      placeRequest(
        { ...options, policy, workers: typeof places === 'string' ? options.workers : undefined },
        { OMP_NUM_THREADS: '3', GOVERNOR_CLAIM: undefined },
        places,
      ),
    );
  const placesOf = (choice: PlaceChoice | Shortage) => ('places' in choice ? choice.places : choice);

  it('are on allowed CPUs that nobody has claimed, or the refusal names the holders', () => {
    holds([anyHost, anyOptions, fc.array(anyCpus, { maxLength: 3 }), anyAround], (host, options, taken, around) => {
      const choice = choosePlaces(
        host,
        requestEach(options),
        taken.map(cpus => aClaim({ cpus })),
        around,
      );
      if ('holders' in choice) {
        assert.ok(choice.holders.length > 0);
      } else {
        assert.deepEqual(intersect(choice.cpus, union(taken)), []);
        assert.deepEqual(intersect(choice.cpus, allowedCpus(host)), choice.cpus);
        assert.ok(choice.cpus.length > 0);
      }
    });
  });
  it('have the same budget and size, up to a CPU that is left over, whatever programs without a claim do', () => {
    holds([anyHost, anyOptions, anyCpus, anyAround], (host, options, taken, around) => {
      const [quiet, busy] = [CALM, around].map(one =>
        choosePlaces(host, requestEach(options), [aClaim({ cpus: taken })], one),
      );
      if ('holders' in quiet!) return assert.deepEqual(busy, quiet);
      assert.ok('cpus' in busy!);
      assert.deepEqual(busy.budget, quiet!.budget);
      assert.equal(busy.places.length, quiet!.places.length);
      assert.ok(busy.places.every((place, i) => Math.abs(place.length - quiet!.places[i]!.length) <= 1));
    });
  });
  it('are the same, whatever programs without a claim do, if there is no choice', () => {
    holds([anyHost, anyRequest, anyCpus, anyAround], (host, asked, taken, around) => {
      const claims = [aClaim({ cpus: taken })];
      if (leavesChoice(host, asked, claims)) return;
      const [quiet, busy] = [CALM, around].map(one => placesOf(choosePlaces(host, asked, claims, one)));
      assert.deepEqual(busy, quiet);
    });
  });
  it('are the same for a request that was written as JSON and read back', () => {
    holds([anyHost, anyRequest, anyCpus, anyAround], (host, asked, taken, around) => {
      const claims = [aClaim({ cpus: taken })];
      const first = choosePlaces(host, asked, claims, around);
      assert.deepEqual(choosePlaces(host, structuredClone(asked), claims, around), first);
      assert.deepEqual(choosePlaces(host, JSON.parse(JSON.stringify(asked)), claims, around), first);
    });
  });
  it('are those of the whole host without claims and other programs', () => {
    holds([anyHost, anyRequest], (host, asked) =>
      assert.deepEqual(choosePlaces(host, asked, [], CALM), placesIgnoringClaims(host, asked)),
    );
  });
});
