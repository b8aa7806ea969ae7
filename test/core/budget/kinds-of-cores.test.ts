import assert from 'node:assert/strict';
import fc from 'fast-check';
import { computeBudget, type BudgetOptions } from '../../../lib/core/budget/budget.js';
import { placeRequest } from '../../../lib/core/claims/place-request.js';
import { placesIgnoringClaims } from '../../../lib/core/claims/choose-places.js';
import { formatCpulist } from '../../../lib/core/cpuset.js';
import type { Host } from '../../../lib/core/machine/host.js';
import { kindsLine } from '../../../lib/report/budget/kinds.js';
import { HOSTS, madeHost } from '../../helpers/machine/hosts.js';
import { badInputError, holds } from '../../helpers/property.js';

/** As an Intel i9-13900HX: 8 fast cores with 2 CPUs each, and 16 efficient cores. */
const laptop = madeHost({ cores: 8, threads: 2, efficient: 16, siblings: 'adjacent' });

function chosen(host: Host, options: BudgetOptions = {}): string {
  const budget = computeBudget(host, options);
  return `${budget.workers} × ${budget.threadsPerWorker}${budget.kinds ? `, ${kindsLine(budget.kinds, budget)}` : ''}`;
}
const placesOf = (host: Host, options: BudgetOptions) =>
  placesIgnoringClaims(host, placeRequest(options, {}, 'each')).places;

describe('a worker of several threads on a machine with several kinds of cores', () => {
  it('has a thread for each of the fastest cores, and the line says so', () => {
    assert.equal(
      chosen(laptop, { workers: 1 }),
      '1 × 8, cores: 8 threads on cores of one kind, not 31 on 2 kinds; --cores all uses them all',
    );
    assert.deepEqual(placesOf(laptop, { workers: 1 }).map(formatCpulist), ['0,2,4,6,8,10,12,14']);
  });
  it('has an equal share of all CPUs with `all`', () => {
    assert.equal(
      chosen(laptop, { workers: 1, cores: 'all' }),
      '1 × 31, cores: 31 threads on cores of 2 kinds; 8 would fit on cores of one kind',
    );
    assert.deepEqual(placesOf(laptop, { workers: 1, cores: 'all' }).map(formatCpulist), ['0-30']);
  });
  it('has as many threads as the user says', () =>
    assert.match(
      chosen(laptop, { workers: 1, threadsPerWorker: 20 }),
      /^1 × 20, cores: 20 threads on cores of 2 kinds/,
    ));
  it('keeps its share if that is of one kind anyway', () => {
    assert.equal(chosen(laptop, { workers: 2 }), '2 × 15');
    assert.equal(chosen(laptop, { workers: 12 }), '12 × 2');
    assert.equal(chosen(HOSTS.smt12, { workers: 1 }), '1 × 11');
  });
  it('shares the cores with other such workers', () =>
    assert.match(
      chosen(laptop, { workers: 3 }),
      /^3 × 7, cores: 7 threads each on cores of one kind, not 10 on 2 kinds/,
    ));
  it('does not concern workers of one thread', () => {
    assert.equal(chosen(laptop), '31 × 1');
    assert.equal(chosen(laptop, { workers: 40 }), '40 × 1');
  });
  it('refuses any other word', () =>
    assert.throws(
      () => computeBudget(laptop, { cores: 'fast' as 'all' }),
      badInputError(/^invalid cores "fast": expected performance or all$/),
    ));
  it('never spans kinds unless the budget says so, on any such machine', () => {
    const shape = fc.record({
      cores: fc.integer({ min: 1, max: 8 }),
      threads: fc.integer({ min: 1, max: 2 }),
      efficient: fc.integer({ min: 1, max: 16 }),
    });
    const some = fc.record({ workers: fc.integer({ min: 1, max: 12 }), reserve: fc.integer({ min: 0, max: 2 }) });
    holds([shape.map(madeHost), some], (host, options) => {
      const { budget, places } = placesIgnoringClaims(host, placeRequest(options, {}, 'each'));
      const cpus = places.flat();
      fc.pre(new Set(cpus).size === cpus.length);
      const kindsOf = (place: readonly number[]) => new Set(place.map(cpu => host.cpus[cpu]!.kind)).size;
      if (!budget.kinds?.spanned) for (const place of places) assert.equal(kindsOf(place), 1, formatCpulist(place));
    });
  });
});
