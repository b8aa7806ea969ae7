import assert from 'node:assert/strict';
import { computeBudget } from '../../../lib/core/budget/budget.js';
import { HOSTS } from '../../helpers/machine/hosts.js';

const { smt12 } = HOSTS;

describe('budget: the threads to expect', () => {
  it('are the computing threads, and 5 to 10 more', () => {
    assert.deepEqual(computeBudget(smt12).expected, { threadsPerWorker: 1, compute: 11, low: 16, high: 21 });
    assert.deepEqual(computeBudget(smt12, { workers: 5 }).expected, {
      threadsPerWorker: 2,
      compute: 10,
      low: 15,
      high: 20,
    });
  });
  it("include the user's own value, because it stays", () => {
    assert.deepEqual(computeBudget(smt12, {}, { OPENBLAS_NUM_THREADS: '5' }).expected, {
      threadsPerWorker: 5,
      compute: 55,
      low: 60,
      high: 65,
    });
  });

  const ungoverned: [string, Record<string, string | undefined>, number, string | null][] = [
    ['nothing is set: each worker takes every CPU', {}, 133, null],
    ['OMP_NUM_THREADS=5', { OMP_NUM_THREADS: '5' }, 56, 'OMP_NUM_THREADS'],
    ['the list form OMP_NUM_THREADS=4,2 counts 4', { OMP_NUM_THREADS: '4,2' }, 45, 'OMP_NUM_THREADS'],
    [
      "OpenBLAS's own variable comes first",
      { OMP_NUM_THREADS: '5', OPENBLAS_NUM_THREADS: '2' },
      32,
      'OPENBLAS_NUM_THREADS',
    ],
    ['an empty value counts as unset', { OMP_NUM_THREADS: '' }, 133, null],
    ['what is no number is ignored', { OMP_NUM_THREADS: 'all', OPENBLAS_NUM_THREADS: '-3' }, 142, null],
  ];
  for (const [name, environment, threads, variable] of ungoverned) {
    it(`ungoverned, ${name}`, () => {
      const budget = computeBudget(smt12, {}, environment);
      assert.equal(budget.ungoverned.threads, threads);
      assert.equal(budget.ungoverned.libraries[0]!.variable, variable);
    });
  }
  it('ungoverned are never fewer than governed: parents, helpers and runtimes are there in both', () => {
    for (const host of Object.values(HOSTS)) {
      for (const workers of [undefined, 1, 2, 300]) {
        const { expected, ungoverned } = computeBudget(host, { workers });
        assert.ok(ungoverned.threads >= expected.high, `${ungoverned.threads} ${expected.high}`);
      }
    }
  });
  it("use every CPU for a user's value that OpenBLAS ignores, because it stays too", () => {
    assert.equal(
      computeBudget(smt12, {}, { OMP_NUM_THREADS: 'all', OPENBLAS_NUM_THREADS: '-3' }).expected.threadsPerWorker,
      12,
    );
    assert.equal(computeBudget(smt12, {}, { OMP_NUM_THREADS: 'all' }).expected.threadsPerWorker, 1);
  });
  it('ungoverned libraries see the allowed CPUs, not the quota', () => {
    assert.equal(computeBudget(HOSTS.cpuset4of12).ungoverned.threads, 4 * 4 + 1);
    assert.equal(computeBudget(HOSTS.quota1500m).ungoverned.threads, 12 + 1);
  });
});
