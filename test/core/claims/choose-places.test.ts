import assert from 'node:assert/strict';
import type { BudgetOptions } from '../../../lib/core/budget/budget.js';
import {
  choosePlaces,
  placesIgnoringClaims,
  type PlaceChoice,
  type Shortage,
} from '../../../lib/core/claims/choose-places.js';
import { placeRequest, type PlaceOptions } from '../../../lib/core/claims/place-request.js';
import type { Surroundings, UnclaimedProgram } from '../../../lib/core/claims/surroundings.js';
import { formatCpulist, parseCpulist } from '../../../lib/core/cpuset.js';
import { withChosenCpus } from '../../../lib/core/machine/chosen-cpus.js';
import type { Host } from '../../../lib/core/machine/host.js';
import { aClaim, CALM, requestEach } from '../../helpers/claims.js';
import { HOSTS, madeHost } from '../../helpers/machine/hosts.js';
import { badInputError } from '../../helpers/property.js';

const twelve = madeHost({ cores: 12 });
const choose = (host: Host, options: BudgetOptions, taken: string[], around: Surroundings = CALM) =>
  choosePlaces(
    host,
    requestEach(options),
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
  it('workers get the free CPUs but a reserve, since the OS gets no claimed CPU', () => {
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
  it('a requested number of workers get fewer threads each', () =>
    assert.equal(chosen(twelve, { workers: 2, reserve: 0 }, ['0-5']).budget.threadsPerWorker, 3));
  it('the last free CPU becomes a place in spite of the reserve', () =>
    assert.equal(cpulist(chosen(twelve, {}, ['0-10'])), '11'));
  it('claims on CPUs that are not allowed change nothing', () => {
    const host = madeHost({ cores: 12, cpuset: '4-7' });
    assert.equal(chosen(host, {}, ['0-3']).host, host);
  });
  it('GOVERNOR_CPUS limits the CPUs before the claims do', () => {
    const environment = { GOVERNOR_CPUS: '0-3' };
    const { budget } = chosen(withChosenCpus(twelve, environment), { reserve: 0 }, ['1', '5']);
    assert.deepEqual(
      budget.limits.map(({ name, found }) => `${name}: ${found}`),
      ['online: 12 CPUs online', 'GOVERNOR_CPUS: 4 chosen (0-3)', 'claims: 3 free (0,2-3)'],
    );
    const host = withChosenCpus(twelve, environment);
    const again = choosePlaces(host, requestEach({}, environment), [aClaim({ cpus: [1] })], CALM);
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
  it('without the names of holders whose CPUs are not allowed', () => {
    assert.equal(refused(madeHost({ cores: 12, cpuset: '4-5' }), {}, ['0-3', '4-5']).holders.length, 1);
  });
  it('unless it wants more workers than the whole machine has CPUs: they share', () => {
    const two = madeHost({ cores: 2 });
    assert.equal(cpulist(chosen(two, { workers: 4, reserve: 0 }, [])), '0-1');
    assert.equal(refused(two, { workers: 4, reserve: 0 }, ['0']).wanted, 4);
  });
  it('if others have claimed a CPU of its fixed places, which are used as they are otherwise', () => {
    const given = [
      [0, 1, 2, 3, 4],
      [5, 6, 7, 8, 9, 11],
    ];
    const fixed = placeRequest({}, {}, given);
    const choose = (cpus: number[], around = CALM) => choosePlaces(twelve, fixed, [aClaim({ cpus })], around);
    const [refused, chosen] = [choose([4]), choose([10], { ...CALM, load: new Map([[0, 1]]) })];
    assert.ok('wanted' in refused && 'places' in chosen);
    assert.deepEqual(refused.wanted, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 11]);
    assert.deepEqual(chosen.places, given);
  });
  it('if its fixed places are not one per worker, or have CPU numbers that do not ascend', () => {
    const given = (places: number[][], workers?: number) => () =>
      choosePlaces(twelve, placeRequest({ workers }, {}, places), [], CALM);
    assert.throws(
      given([[0], [1]], 3),
      badInputError(/^invalid places \["0","1"\]: expected one for each of 3 workers$/),
    );
    for (const place of [[], [1, 0], [0.5], [-1]])
      assert.throws(given([place]), badInputError(/^invalid places .*: expected CPU numbers, ascending$/));
  });
});

describe('if there is a choice, places avoid', () => {
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

  it('CPUs to which programs without a claim are pinned', () =>
    assert.equal(
      cpulist(chosen(twelve, { workers: 4, threadsPerWorker: 1 }, [], around([at('0'), at('2')]))),
      '1,3-5',
    ));
  it('but not at the price of a place across NUMA nodes', () => {
    const nodes = madeHost({ cores: 12, numaNodes: 2, interrupts: [1000, ...Array(11).fill(1)] });
    const busy = { ...CALM, load: new Map([[4, 1]]) };
    for (const policy of [undefined, 'numa'] as const) {
      const found = choosePlaces(nodes, placeRequest({ workers: 2, policy }, {}, 'each'), [], busy);
      assert.ok('places' in found);
      assert.deepEqual(found.places.map(formatCpulist).sort(), ['1-5', '6-11']);
    }
    const small = choosePlaces(nodes, placeRequest({ workers: 2, threadsPerWorker: 3 }, {}, 'each'), [], busy);
    assert.ok('places' in small);
    assert.equal(small.cpus.includes(4), false, 'there is room without it');
  });
  it('busy CPUs', () =>
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
  it('the most used CPUs first, if they cannot avoid all', () => {
    assert.equal(
      cpulist(chosen(twelve, { workers: 10, threadsPerWorker: 1 }, [], around([at('0'), at('1'), at('1')]))),
      '0,2-10',
    );
  });
  it('used CPUs among those that nobody has claimed', () =>
    assert.equal(
      cpulist(chosen(twelve, { workers: 2, threadsPerWorker: 1, reserve: 0 }, ['3-10'], around([at('0'), at('1')]))),
      '2,11',
    ));
  it('used CPUs, which still count in the budget since nobody has claimed them', () =>
    assert.equal(chosen(twelve, {}, [], around([at('0-5')])).budget.workers, 11));
  it('no CPU because of a program that may use all CPUs', () =>
    assert.equal(cpulist(chosen(twelve, { workers: 2, threadsPerWorker: 1 }, [], around([at('0-11')]))), '0-1'));
  it('cores with a claimed CPU', () => {
    assert.equal(cpulist(chosen(HOSTS.smt12, { workers: 2, threadsPerWorker: 1 }, ['0-1'])), '2-3');
    assert.equal(cpulist(chosen(HOSTS.smt12, { workers: 2, threadsPerWorker: 1 }, ['0-3'])), '4-5');
  });
  it('every CPU of a used core with `physical`', () =>
    assert.equal(
      cpulist(chosen(HOSTS.smt12, { workers: 2, threadsPerWorker: 1, physical: true }, [], around([at('6')]))),
      '1-2',
    ));
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
  it('not to workers of one thread, which cannot use them', () =>
    assert.equal(placesOf(twelve, { workers: 10 }), '0 1 2 3 4 5 6 7 8 9'));
  it('not if the user gave the threads of a worker', () =>
    assert.equal(placesOf(madeHost({ cores: 20 }), { workers: 3, threadsPerWorker: 6 }), '0-5 6-11 12-17'));
  it('only within a NUMA node, a kind of cores, and the domain of the policy', () => {
    const nodes = madeHost({ cores: 14, numaNodes: 2 });
    assert.equal(placesOf(nodes, { workers: 4, reserve: 0 }), '0-2,6 3-5 7-9,13 10-12');
    const hybrid = madeHost({ cores: 8, efficient: 4 });
    assert.equal(placesOf(hybrid, { workers: 3, reserve: 1 }), '0-2,6 3-5,7 8-10');
  });
});
