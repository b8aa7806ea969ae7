import assert from 'node:assert/strict';
import { computeBudget, type BudgetOptions } from '../../../lib/core/budget/budget.js';
import { formatCpulist, intersect, union } from '../../../lib/core/cpuset.js';
import { allowedCpus, type Host } from '../../../lib/core/machine/host.js';
import { distinctPlaces } from '../../../lib/core/placement/places.js';
import { sparePlaces } from '../../../lib/core/placement/spare-places.js';
import { HOSTS, madeHost } from '../../helpers/machine/hosts.js';
import { anyHost, holds } from '../../helpers/property.js';

function spare(host: Host, options: BudgetOptions = {}): string {
  const budget = computeBudget(host, options);
  return sparePlaces(host, budget, distinctPlaces(host, budget)).map(formatCpulist).join(' ');
}

describe('spare places: the CPUs that the places of a budget leave', () => {
  it('the reserve', () => {
    assert.equal(spare(madeHost({ cores: 12 })), '11');
    assert.equal(spare(madeHost({ cores: 2 })), '1');
    assert.equal(spare(madeHost({ cores: 12 }), { reserve: 3 }), '9 10 11');
  });
  it('with several threads for each worker, places of as many CPUs, and a smaller one', () => {
    assert.equal(spare(madeHost({ cores: 12 }), { threadsPerWorker: 3 }), '9-11');
    assert.equal(spare(madeHost({ cores: 12 }), { threadsPerWorker: 2, reserve: 3 }), '8-9 10-11');
    assert.equal(spare(madeHost({ cores: 12 }), { threadsPerWorker: 5, reserve: 0 }), '10-11');
  });
  it('none on one CPU, nor beyond a quota', () => {
    assert.equal(spare(HOSTS.oneCpu), '');
    const limited = (value: number) => {
      const host = madeHost({ cores: 12 });
      return { ...host, limits: { ...host.limits, quota: { value, source: 'cpu.max' } } };
    };
    assert.equal(spare(limited(4)), '');
    assert.equal(spare(limited(1.5)), '1');
  });
  it('on any machine: allowed, disjoint, and apart from the places', () => {
    holds([anyHost], host => {
      const budget = computeBudget(host);
      const places = distinctPlaces(host, budget);
      const more = sparePlaces(host, budget, places);
      const all = union(more);
      assert.deepEqual(intersect(all, union(places)), []);
      assert.equal(all.length, more.flat().length);
      assert.deepEqual(intersect(all, allowedCpus(host)), all);
    });
  });
});
