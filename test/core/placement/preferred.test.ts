import assert from 'node:assert/strict';
import fc from 'fast-check';
import { computeBudget } from '../../../lib/core/budget/budget.js';
import { parseCpulist } from '../../../lib/core/cpuset.js';
import { allowedCpus } from '../../../lib/core/machine/host.js';
import { reservedCpus } from '../../../lib/core/placement/places.js';
import { madeHost } from '../../helpers/machine/hosts.js';
import { listed, placed, someOptions, somePolicy } from '../../helpers/placed.js';
import { anyHost, holds } from '../../helpers/property.js';

describe('preferred CPUs', () => {
  it('worker i takes its CPUs from the i-th set, in turn, while enough are free', () => {
    const prefer = [parseCpulist('4-5'), parseCpulist('0-1')];
    assert.equal(
      listed(madeHost({ cores: 8 }), { prefer, workers: 6, threadsPerWorker: 1, reserve: 0 }),
      '4 0 5 1 2 3',
    );
    assert.equal(
      listed(madeHost({ cores: 8 }), { prefer, workers: 3, threadsPerWorker: 2, reserve: 0 }),
      '4-5 0-1 2-3',
    );
  });
  it('a worker placed elsewhere avoids what others prefer if it can', () => {
    const prefer = [[7], [0, 1]];
    assert.equal(
      listed(madeHost({ cores: 8 }), { prefer, workers: 4, threadsPerWorker: 2, reserve: 0 }),
      '2-3 0-1 4-5 6-7',
    );
  });
  it('CPUs that are not allowed, or reserved, do not count', () => {
    assert.equal(
      listed(madeHost({ cores: 4, cpuset: '0-2' }), { prefer: [[3], [9]], workers: 2, threadsPerWorker: 1 }),
      '0 1',
    );
    assert.equal(listed(madeHost({ cores: 4 }), { prefer: [[3]], workers: 1, threadsPerWorker: 1 }), '0');
  });
  it('an empty list prefers nothing', () =>
    assert.equal(listed(madeHost({ cores: 4 }), { prefer: [], workers: 1, threadsPerWorker: 1 }), '0'));
  it('places stay disjoint while they fit, and the first ones are on preferred CPUs', () => {
    const somePrefer = fc.array(fc.uniqueArray(fc.integer({ min: 0, max: 40 }), { maxLength: 12 }), { maxLength: 4 });
    holds([anyHost, someOptions, somePolicy, somePrefer], (host, options, policy, prefer) => {
      const budget = computeBudget(host, options);
      fc.pre(budget.workers * budget.threadsPerWorker <= budget.usable - budget.reserve.cpus);
      const found = placed(host, { ...options, policy, prefer });
      assert.equal(new Set(found.flat()).size, found.length * budget.threadsPerWorker);
      const reserved = reservedCpus(host, budget);
      const free = (prefer[0] ?? []).filter(cpu => allowedCpus(host).includes(cpu) && !reserved.includes(cpu));
      if (!budget.physical && free.length >= budget.threadsPerWorker)
        assert.ok(found[0]!.every(cpu => free.includes(cpu)));
    });
  });
});
