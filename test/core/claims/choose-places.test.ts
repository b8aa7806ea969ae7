import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { BudgetOptions } from '../../../lib/core/budget/budget.js';
import { withChosenCpus } from '../../../lib/core/machine/chosen-cpus.js';
import type { ClaimRecord } from '../../../lib/core/claims/claim.js';
import { formatCpulist, intersect, parseCpulist, union } from '../../../lib/core/cpuset.js';
import { allowedCpus, type Host } from '../../../lib/core/machine/host.js';
import {
  choosePlaces,
  leavesChoice,
  othersClaims,
  placesIgnoringClaims,
  type PlaceChoice,
  type Shortage,
} from '../../../lib/core/claims/choose-places.js';
import { placeRequest, type PlaceOptions, type PlaceRequest } from '../../../lib/core/claims/place-request.js';
import { unobserved, type UnclaimedProgram, type Surroundings } from '../../../lib/core/claims/surroundings.js';
import { POLICIES } from '../../../lib/core/placement/policy.js';
import { aClaim } from '../../helpers/claims.js';
import { HOSTS, madeHost } from '../../helpers/machine/hosts.js';
import { anyHost, badInputError, holds } from '../../helpers/property.js';

const twelve = madeHost({ cores: 12 });

const calm = unobserved('the ledger');
const request = (options: BudgetOptions = {}, environment = {}): PlaceRequest =>
  placeRequest(options, environment, 'each');
const choose = (host: Host, options: BudgetOptions, taken: string[], around: Surroundings = calm) =>
  choosePlaces(
    host,
    request(options),
    taken.map(cpus => aClaim({ cpus: parseCpulist(cpus) })),
    around,
  );
function chosen(...of: Parameters<typeof choose>): PlaceChoice {
  const choice = choose(...of);
  assert.ok('cpus' in choice, JSON.stringify(choice));
  return choice;
}
function refused(...of: Parameters<typeof choose>): Shortage {
  const choice = choose(...of);
  assert.ok('holders' in choice, JSON.stringify(choice));
  return choice;
}
const cpulist = (choice: PlaceChoice) => formatCpulist(choice.cpus);

describe('claims of others shrink the budget', () => {
  it('without claims the host stays as it is', () => {
    const { host, budget, cpus } = chosen(twelve, {}, []);
    assert.equal(host, twelve);
    assert.deepEqual(
      { workers: budget.workers, winner: budget.winner, cpus: formatCpulist(cpus) },
      { workers: 11, winner: 'online', cpus: '0-10' },
    );
  });
  it('there are workers for the free CPUs, and a reserve: the OS gets nothing of a claim', () => {
    const { budget, cpus } = chosen(twelve, {}, ['0-3', '6']);
    assert.deepEqual(
      { workers: budget.workers, winner: budget.winner, reserve: budget.reserve.cpus, cpus: formatCpulist(cpus) },
      { workers: 6, winner: 'claims', reserve: 1, cpus: '4-5,7-10' },
    );
    assert.deepEqual(budget.limits.at(-1), {
      name: 'claims',
      workers: 6,
      found: '7 free (4-5,7-11)',
      source: 'the ledger',
    });
  });
  it('a given number of workers get fewer threads', () =>
    assert.equal(chosen(twelve, { workers: 2, reserve: 0 }, ['0-5']).budget.threadsPerWorker, 3));
  it('the last free CPU becomes a place, reserve or not', () =>
    assert.equal(cpulist(chosen(twelve, {}, ['0-10'])), '11'));
  it('claims on CPUs that are not allowed change nothing', () => {
    const host = madeHost({ cores: 12, cpuset: '4-7' });
    assert.equal(chosen(host, {}, ['0-3']).host, host);
  });
  it('GOVERNOR_CPUS counts first, then the claims', () => {
    const environment = { GOVERNOR_CPUS: '0-3' };
    const { budget } = chosen(withChosenCpus(twelve, environment), { reserve: 0 }, ['1', '5']);
    assert.deepEqual(
      budget.limits.map(({ name, found }) => `${name}: ${found}`),
      ['online: 12 CPUs online', 'GOVERNOR_CPUS: 4 chosen (0-3)', 'claims: 3 free (0,2-3)'],
    );
    const host = withChosenCpus(twelve, environment);
    const again = choosePlaces(host, request({}, environment), [aClaim({ cpus: [1] })], calm);
    assert.ok('budget' in again);
    assert.deepEqual({ workers: again.budget.workers, winner: again.budget.winner }, { workers: 3, winner: 'claims' });
  });
});

describe('a request that does not fit is refused', () => {
  it('if no CPU is free', () => {
    const { free, holders } = refused(twelve, {}, ['0-5', '6-11']);
    assert.deepEqual(free, []);
    assert.equal(holders.length, 2);
  });
  it('if it wants more workers or threads than there are free CPUs', () => {
    assert.deepEqual(refused(twelve, { workers: 8, reserve: 0 }, ['0-5']).wanted, 8);
    assert.deepEqual(
      refused(twelve, { workers: 2, threadsPerWorker: 4, reserve: 0 }, ['0-5']).free,
      [6, 7, 8, 9, 10, 11],
    );
    assert.deepEqual(refused(twelve, { threadsPerWorker: 8 }, ['0-5']).wanted, 8);
  });
  it('without naming holders of CPUs that are not allowed', () => {
    assert.equal(refused(madeHost({ cores: 12, cpuset: '4-5' }), {}, ['0-3', '4-5']).holders.length, 1);
  });
  it('unless its workers are too many for the whole machine: then they share', () => {
    const two = madeHost({ cores: 2 });
    assert.equal(cpulist(chosen(two, { workers: 4, reserve: 0 }, [])), '0-1');
    assert.equal(refused(two, { workers: 4, reserve: 0 }, ['0']).wanted, 4);
  });
  it('if others have claimed a CPU of the given places; otherwise those are used as they are', () => {
    const given = [
      [0, 1, 2, 3, 4],
      [5, 6, 7, 8, 9, 11],
    ];
    const fixed = placeRequest({}, {}, given);
    const choose = (cpus: number[], around = calm) => choosePlaces(twelve, fixed, [aClaim({ cpus })], around);
    const [refused, chosen] = [choose([4]), choose([10], { ...calm, load: new Map([[0, 1]]) })];
    assert.ok('wanted' in refused && 'places' in chosen);
    assert.deepEqual(refused.wanted, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 11]);
    assert.deepEqual(chosen.places, given);
  });
  it('if it gives not one place for each worker, or CPU numbers that do not ascend', () => {
    const given = (places: number[][], workers?: number) => () =>
      choosePlaces(twelve, placeRequest({ workers }, {}, places), [], calm);
    assert.throws(
      given([[0], [1]], 3),
      badInputError(/^invalid places \["0","1"\]: expected one for each of 3 workers$/),
    );
    for (const place of [[], [1, 0], [0.5], [-1]])
      assert.throws(given([place]), badInputError(/^invalid places .*: expected CPU numbers, ascending$/));
  });
});

describe('CPUs that other programs use are avoided if there is a choice', () => {
  const at = (...affinities: string[]): UnclaimedProgram => ({
    pid: 7,
    uid: 0,
    user: 'root',
    command: 'mpirun',
    affinities: affinities.map(list => parseCpulist(list)),
  });
  const around = (strangers: UnclaimedProgram[], load: [number, number][] = []): Surroundings => ({
    ledger: 'the ledger',
    strangers,
    load: new Map(load),
  });

  it('CPUs that strangers are pinned to', () =>
    assert.equal(
      cpulist(chosen(twelve, { workers: 4, threadsPerWorker: 1 }, [], around([at('0'), at('2')]))),
      '1,3-5',
    ));
  it('but not at the price of a place across NUMA nodes', () => {
    const nodes = madeHost({ cores: 12, numaNodes: 2, interrupts: [1000, ...Array(11).fill(1)] });
    const busy = { ...calm, load: new Map([[4, 1]]) };
    for (const policy of [undefined, 'numa'] as const) {
      const found = choosePlaces(nodes, placeRequest({ workers: 2, policy }, {}, 'each'), [], busy);
      assert.ok('places' in found);
      assert.deepEqual(found.places.map(formatCpulist).sort(), ['1-5', '6-11']);
    }
    const small = choosePlaces(nodes, placeRequest({ workers: 2, threadsPerWorker: 3 }, {}, 'each'), [], busy);
    assert.ok('places' in small);
    assert.equal(small.cpus.includes(4), false, 'there is room without it');
  });
  it('CPUs that are busy', () =>
    assert.equal(
      cpulist(
        chosen(
          twelve,
          { workers: 2, threadsPerWorker: 1 },
          [],
          around(
            [],
            [
              [0, 0.9],
              [1, 0.4],
            ],
          ),
        ),
      ),
      '1-2',
    ));
  it('the most used first, if not all can be avoided', () => {
    assert.equal(
      cpulist(chosen(twelve, { workers: 10, threadsPerWorker: 1 }, [], around([at('0'), at('1'), at('1')]))),
      '0,2-10',
    );
  });
  it('claimed CPUs are out of the question', () =>
    assert.equal(
      cpulist(chosen(twelve, { workers: 2, threadsPerWorker: 1, reserve: 0 }, ['3-10'], around([at('0'), at('1')]))),
      '2,11',
    ));
  it('the budget counts them all the same: strangers have claimed nothing', () =>
    assert.equal(chosen(twelve, {}, [], around([at('0-5')])).budget.workers, 11));
  it('a program on all CPUs does not count as confined', () =>
    assert.equal(cpulist(chosen(twelve, { workers: 2, threadsPerWorker: 1 }, [], around([at('0-11')]))), '0-1'));
  it('cores with a claimed CPU come last', () => {
    assert.equal(cpulist(chosen(HOSTS.smt12, { workers: 2, threadsPerWorker: 1 }, ['0-1'])), '2-3');
    assert.equal(cpulist(chosen(HOSTS.smt12, { workers: 2, threadsPerWorker: 1 }, ['0-3'])), '4-5');
  });
  it('cores are avoided whole with `physical`', () =>
    assert.equal(
      cpulist(chosen(HOSTS.smt12, { workers: 2, threadsPerWorker: 1, physical: true }, [], around([at('6')]))),
      '1-2',
    ));
});

describe('places beside claims, on any machine', () => {
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

  it('places are on allowed CPUs that nobody has claimed, or the holders are named', () => {
    holds([anyHost, anyOptions, fc.array(anyCpus, { maxLength: 3 }), anyAround], (host, options, taken, around) => {
      const choice = choosePlaces(
        host,
        request(options),
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
  it('strangers change neither the budget nor the places by more than a CPU that is left over', () => {
    holds([anyHost, anyOptions, anyCpus, anyAround], (host, options, taken, around) => {
      const [quiet, busy] = [calm, around].map(one =>
        choosePlaces(host, request(options), [aClaim({ cpus: taken })], one),
      );
      if ('holders' in quiet!) return assert.deepEqual(busy, quiet);
      assert.ok('cpus' in busy!);
      assert.deepEqual(busy.budget, quiet!.budget);
      assert.equal(busy.places.length, quiet!.places.length);
      assert.ok(busy.places.every((place, i) => Math.abs(place.length - quiet!.places[i]!.length) <= 1));
    });
  });
  it('strangers change nothing if there is no choice', () => {
    holds([anyHost, anyRequest, anyCpus, anyAround], (host, asked, taken, around) => {
      const claims = [aClaim({ cpus: taken })];
      if (leavesChoice(host, asked, claims)) return;
      const [quiet, busy] = [calm, around].map(one => placesOf(choosePlaces(host, asked, claims, one)));
      assert.deepEqual(busy, quiet);
    });
  });
  it('a request is plain JSON: one that has been written and read back chooses the same', () => {
    holds([anyHost, anyRequest, anyCpus, anyAround], (host, asked, taken, around) => {
      const claims = [aClaim({ cpus: taken })];
      const first = choosePlaces(host, asked, claims, around);
      assert.deepEqual(choosePlaces(host, structuredClone(asked), claims, around), first);
      assert.deepEqual(choosePlaces(host, JSON.parse(JSON.stringify(asked)), claims, around), first);
    });
  });
  it('without claims and strangers the places are those of the whole host', () => {
    holds([anyHost, anyRequest], (host, asked) =>
      assert.deepEqual(choosePlaces(host, asked, [], calm), placesIgnoringClaims(host, asked)),
    );
  });
});

describe('a request: workers that the user counted use up the reserve before they share', () => {
  const chosen = (host: Host, options: BudgetOptions, places: 'each' | 'distinct' = 'each') => {
    const { budget, cpus } = placesIgnoringClaims(host, placeRequest(options, {}, places));
    return `${budget.reserve.cpus} reserved, workers on ${formatCpulist(cpus)}`;
  };
  it('whether each gets a place at once or when it appears', () => {
    for (const places of ['each', 'distinct'] as const)
      assert.equal(chosen(twelve, { workers: 12 }, places), '0 reserved, workers on 0-11');
  });
  it('only as much of it as they need', () => {
    assert.equal(chosen(twelve, { workers: 11 }), '1 reserved, workers on 0-10');
    assert.equal(chosen(madeHost({ cores: 8 }), { workers: 4, threadsPerWorker: 2 }), '0 reserved, workers on 0-7');
  });
  it('not a reserve that the user gave, nor for workers that the budget counts', () => {
    assert.equal(chosen(twelve, { workers: 12, reserve: 2 }), '2 reserved, workers on 0-9');
    assert.equal(chosen(twelve, {}), '1 reserved, workers on 0-10');
  });
});

describe('claims that a program runs inside of are its own', () => {
  const [outer, inner, other] = ['1', '2', '3'].map((digit): ClaimRecord => aClaim({ name: digit.repeat(16) }));
  const others = (names: string | undefined) =>
    othersClaims([outer!, inner!, other!], { GOVERNOR_CLAIM: names })
      .map(({ name }) => name[0])
      .join('');

  it('GOVERNOR_CLAIM names them, however many', () => {
    assert.equal(others(undefined), '123');
    assert.equal(others(''), '123');
    assert.equal(others(outer!.name), '23');
    assert.equal(others(`${outer!.name},${inner!.name}`), '3');
    assert.equal(others('nonsense,,'), '123');
  });
});

describe('a request: CPUs that are left over are given out', () => {
  const placesOf = (host: Host, options: PlaceOptions) =>
    placesIgnoringClaims(host, placeRequest(options, {}, 'each'))
      .places.map(formatCpulist)
      .join(' ');
  it('one each, to workers that share the CPUs out', () => {
    const twenty = madeHost({ cores: 20 });
    assert.equal(placesOf(twenty, { workers: 3 }), '0-5,18 6-11 12-17');
    assert.equal(placesOf(twenty, { workers: 3, reserve: 0 }), '0-5,18 6-11,19 12-17');
    assert.equal(placesIgnoringClaims(twenty, placeRequest({ workers: 3 }, {}, 'each')).budget.threadsPerWorker, 6);
  });
  it('not if the user gave the threads of a worker', () =>
    assert.equal(placesOf(madeHost({ cores: 20 }), { workers: 3, threadsPerWorker: 6 }), '0-5 6-11 12-17'));
  it('only within a NUMA node, a kind of cores, and the domain of the policy', () => {
    const nodes = madeHost({ cores: 14, numaNodes: 2 });
    assert.equal(placesOf(nodes, { workers: 4, reserve: 0 }), '0-2,6 3-5 7-9,13 10-12');
    const hybrid = madeHost({ cores: 8, efficient: 4 });
    assert.equal(placesOf(hybrid, { workers: 3, reserve: 1 }), '0-2,6 3-5,7 8-10');
  });
});
