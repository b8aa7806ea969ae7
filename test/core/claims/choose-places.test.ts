import assert from 'node:assert/strict';
import fc from 'fast-check';
import { computeBudget, type BudgetOptions } from '../../../lib/core/budget/budget.js';
import { withChosenCpus } from '../../../lib/core/machine/chosen-cpus.js';
import type { ClaimRecord } from '../../../lib/core/claims/claim.js';
import { formatCpulist, intersect, parseCpulist, union } from '../../../lib/core/cpuset.js';
import { allowedCpus, type Host } from '../../../lib/core/machine/host.js';
import {
  choosePlaces,
  othersClaims,
  type PlaceChoice,
  type PlacePlan,
  type Shortage,
} from '../../../lib/core/claims/choose-places.js';
import { places } from '../../../lib/core/placement/places.js';
import { NO_SURROUNDINGS, type UnclaimedProgram, type Surroundings } from '../../../lib/core/claims/surroundings.js';
import { aClaim } from '../../helpers/claims.js';
import { HOSTS, madeHost } from '../../helpers/machine/hosts.js';
import { anyHost, holds } from '../../helpers/property.js';

const twelve = madeHost({ cores: 12 });

const plan = (options: BudgetOptions = {}): PlacePlan => ({
  budget: host => computeBudget(host, options),
  places: (host, budget) => places(host, budget, budget.workers),
});
const choose = (host: Host, options: BudgetOptions, taken: string[], around: Surroundings = NO_SURROUNDINGS) =>
  choosePlaces(
    host,
    plan(options),
    taken.map(cpus => aClaim({ cpus: parseCpulist(cpus) })),
    around,
    'the ledger',
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

describe('the ledger: what others have claimed shrinks the budget', () => {
  it('nobody has claimed anything: as ever', () => {
    const { host, budget, cpus } = chosen(twelve, {}, []);
    assert.equal(host, twelve);
    assert.deepEqual(
      { workers: budget.workers, winner: budget.winner, cpus: formatCpulist(cpus) },
      { workers: 11, winner: 'online', cpus: '0-10' },
    );
  });
  it('as many workers as are left, and the reserve stays: what is claimed is not left to the OS', () => {
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
  it('threads of a given number of workers shrink too', () =>
    assert.equal(chosen(twelve, { workers: 2, reserve: 0 }, ['0-5']).budget.threadsPerWorker, 3));
  it('the last free CPU is given, be it that of the reserve', () =>
    assert.equal(cpulist(chosen(twelve, {}, ['0-10'])), '11'));
  it('claims of CPUs that we may not use anyway change nothing', () => {
    const host = madeHost({ cores: 12, cpuset: '4-7' });
    assert.equal(chosen(host, {}, ['0-3']).host, host);
  });
  it('of what GOVERNOR_CPUS leaves', () => {
    const environment = { GOVERNOR_CPUS: '0-3' };
    const { budget } = chosen(withChosenCpus(twelve, environment), { reserve: 0 }, ['1', '5']);
    assert.deepEqual(
      budget.limits.map(({ name, found }) => `${name}: ${found}`),
      ['online: 12 CPUs online', 'GOVERNOR_CPUS: 4 chosen (0-3)', 'claims: 3 free (0,2-3)'],
    );
    const again = choosePlaces(
      withChosenCpus(twelve, environment),
      { ...plan(), budget: host => computeBudget(host, {}, environment) },
      [aClaim({ cpus: [1] })],
      NO_SURROUNDINGS,
      'l',
    );
    assert.ok('budget' in again);
    assert.deepEqual({ workers: again.budget.workers, winner: again.budget.winner }, { workers: 3, winner: 'claims' });
  });
});

describe('the ledger: what does not fit is refused', () => {
  it('no CPU is free', () => {
    const { free, holders } = refused(twelve, {}, ['0-5', '6-11']);
    assert.deepEqual(free, []);
    assert.equal(holders.length, 2);
  });
  it('more workers, or more threads, than are free', () => {
    assert.deepEqual(refused(twelve, { workers: 8, reserve: 0 }, ['0-5']).wanted, 8);
    assert.deepEqual(
      refused(twelve, { workers: 2, threadsPerWorker: 4, reserve: 0 }, ['0-5']).free,
      [6, 7, 8, 9, 10, 11],
    );
    assert.deepEqual(refused(twelve, { threadsPerWorker: 8 }, ['0-5']).wanted, 8);
  });
  it('holders of CPUs that we may not use are not named', () => {
    assert.equal(refused(madeHost({ cores: 12, cpuset: '4-5' }), {}, ['0-3', '4-5']).holders.length, 1);
  });
  it('but workers that were too many for the machine anyway share, as ever', () => {
    const two = madeHost({ cores: 2 });
    assert.equal(cpulist(chosen(two, { workers: 4, reserve: 0 }, [])), '0-1');
    assert.equal(refused(two, { workers: 4, reserve: 0 }, ['0']).wanted, 4);
  });
  it('places that were given, where one of their CPUs is taken; else they are as they were given, the reserve or not', () => {
    const given: PlacePlan = {
      budget: host => computeBudget(host, { workers: 2 }),
      places: () => [
        [0, 1, 2, 3, 4],
        [5, 6, 7, 8, 9, 11],
      ],
      fixed: true,
    };
    const choose = (cpus: number[], around = NO_SURROUNDINGS) =>
      choosePlaces(twelve, given, [aClaim({ cpus })], around, 'l');
    const [refused, chosen] = [choose([4]), choose([10], { strangers: [], load: new Map([[0, 1]]) })];
    assert.ok('wanted' in refused && 'places' in chosen);
    assert.deepEqual(refused.wanted, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 11]);
    assert.deepEqual(chosen.places, given.places(twelve, chosen.budget));
  });
});

describe('the ledger: strangers and busy CPUs are avoided where there is a choice', () => {
  const at = (...affinities: string[]): UnclaimedProgram => ({
    pid: 7,
    uid: 0,
    user: 'root',
    command: 'mpirun',
    affinities: affinities.map(list => parseCpulist(list)),
  });
  const around = (strangers: UnclaimedProgram[], load: [number, number][] = []): Surroundings => ({
    strangers,
    load: new Map(load),
  });

  it('CPUs that strangers are pinned to', () =>
    assert.equal(
      cpulist(chosen(twelve, { workers: 4, threadsPerWorker: 1 }, [], around([at('0'), at('2')]))),
      '1,3-5',
    ));
  it('busy ones', () =>
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
  it('the worst first, where not all can be avoided', () => {
    assert.equal(
      cpulist(chosen(twelve, { workers: 10, threadsPerWorker: 1 }, [], around([at('0'), at('1'), at('1')]))),
      '0,2-10',
    );
  });
  it('claimed ones come first of all', () =>
    assert.equal(
      cpulist(chosen(twelve, { workers: 2, threadsPerWorker: 1, reserve: 0 }, ['3-10'], around([at('0'), at('1')]))),
      '2,11',
    ));
  it('a budget of all CPUs stays one: strangers have claimed nothing', () =>
    assert.equal(chosen(twelve, {}, [], around([at('0-5')])).budget.workers, 11));
  it('whoever is confined as all are weighs nothing', () =>
    assert.equal(cpulist(chosen(twelve, { workers: 2, threadsPerWorker: 1 }, [], around([at('0-11')]))), '0-1'));
  it('cores whose other CPU is claimed come last', () => {
    assert.equal(cpulist(chosen(HOSTS.smt12, { workers: 2, threadsPerWorker: 1 }, ['0-1'])), '2-3');
    assert.equal(cpulist(chosen(HOSTS.smt12, { workers: 2, threadsPerWorker: 1 }, ['0-3'])), '4-5');
  });
  it('whole cores with `physical`', () =>
    assert.equal(
      cpulist(chosen(HOSTS.smt12, { workers: 2, threadsPerWorker: 1, physical: true }, [], around([at('6')]))),
      '1-2',
    ));
});

describe('the ledger, on any machine', () => {
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

  it('what is chosen is allowed and claimed by nobody, or it is said who has it', () => {
    holds([anyHost, anyOptions, fc.array(anyCpus, { maxLength: 3 }), anyAround], (host, options, taken, around) => {
      const choice = choosePlaces(
        host,
        plan(options),
        taken.map(cpus => aClaim({ cpus })),
        around,
        'l',
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
  it('what strangers do changes neither the budget nor how many CPUs there are', () => {
    holds([anyHost, anyOptions, anyCpus, anyAround], (host, options, taken, around) => {
      const [calm, busy] = [NO_SURROUNDINGS, around].map(one =>
        choosePlaces(host, plan(options), [aClaim({ cpus: taken })], one, 'l'),
      );
      if ('holders' in calm!) return assert.deepEqual(busy, calm);
      assert.ok('cpus' in busy!);
      assert.deepEqual(busy.budget, calm!.budget);
      assert.equal(busy.cpus.length, calm!.cpus.length);
    });
  });
});

describe('the ledger: the claims that we are inside of are ours', () => {
  const [outer, inner, other] = ['1', '2', '3'].map((digit): ClaimRecord => aClaim({ name: digit.repeat(16) }));
  const others = (names: string | undefined) =>
    othersClaims([outer!, inner!, other!], { GOVERNOR_CLAIM: names })
      .map(({ name }) => name[0])
      .join('');

  it('those that GOVERNOR_CLAIM names, however deep', () => {
    assert.equal(others(undefined), '123');
    assert.equal(others(''), '123');
    assert.equal(others(outer!.name), '23');
    assert.equal(others(`${outer!.name},${inner!.name}`), '3');
    assert.equal(others('nonsense,,'), '123');
  });
});
