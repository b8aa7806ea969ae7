import assert from 'node:assert/strict';
import fc from 'fast-check';
import { computeBudget, type BudgetOptions } from '../../../lib/core/budget/budget.js';
import { formatCpulist } from '../../../lib/core/cpuset.js';
import { allowedCpus, coresOf, type Host } from '../../../lib/core/machine/host.js';
import { distinctPlaces, places, reservedCpus } from '../../../lib/core/placement/places.js';
import { POLICIES } from '../../../lib/core/placement/policy.js';
import { HOSTS, madeHost } from '../../helpers/machine/hosts.js';
import { anyHost, holds } from '../../helpers/property.js';

const placesOf = (host: Host, options: BudgetOptions = {}) => {
  const budget = computeBudget(host, options);
  return places(host, budget, budget.workers);
};
const listed = (...args: Parameters<typeof placesOf>) =>
  placesOf(...args)
    .map(formatCpulist)
    .join(' ');
const coreOf = (host: Host, cpu: number) => host.cpus.find(found => found.cpu === cpu)!.core;
const someOptions = fc.record({
  workers: fc.option(fc.integer({ min: 1, max: 80 }), { nil: undefined }),
  threadsPerWorker: fc.option(fc.integer({ min: 1, max: 9 }), { nil: undefined }),
  reserve: fc.option(fc.integer({ min: 0, max: 5 }), { nil: undefined }),
  physical: fc.boolean(),
});

describe('placement: workers with one thread', () => {
  it('get a core each before any SMT sibling, however the siblings are numbered', () => {
    assert.equal(listed(HOSTS.smt12), '0 1 2 3 4 5 6 7 8 9 10');
    assert.equal(listed(madeHost({ cores: 6, threads: 2, siblings: 'adjacent' })), '0 2 4 6 8 10 1 3 5 7 9');
  });
  it('leave the last CPU of that order to the reserve', () => {
    assert.equal(listed(HOSTS.twoCpus), '0');
    assert.equal(listed(HOSTS.twoCpus, { reserve: 0 }), '0 1');
    assert.equal(listed(HOSTS.smt12, { reserve: 9 }), '0 1 2');
  });
  it('get whole cores only with --physical', () => {
    assert.equal(listed(madeHost({ cores: 6, threads: 2, siblings: 'adjacent' }), { physical: true }), '0 2 4 6 8');
  });
  it('get fast cores before efficient ones, and siblings last', () =>
    assert.equal(listed(HOSTS.hybrid, { reserve: 0 }), '0 2 4 5 6 7 1 3'));
  it("stay within the cpuset, and within the quota's number of CPUs", () => {
    assert.equal(listed(HOSTS.cpuset4of12), '0 1 2 3');
    assert.equal(listed(HOSTS.quota1500m), '0');
    assert.equal(listed(HOSTS.everything), '0 1 2 3 4');
  });
  it('share evenly if there are more workers than CPUs', () =>
    assert.equal(listed(HOSTS.twoCpus, { workers: 3, reserve: 0 }), '0 1 0'));
  it('are placed on 8,192 CPUs in seconds', function () {
    this.timeout(60_000);
    const large = madeHost({ cores: 4096, threads: 2 });
    const before = process.cpuUsage();
    assert.equal(placesOf(large).length, large.cpus.length - 1);
    const { user } = process.cpuUsage(before);
    assert.ok(user < 5e6, `${user / 1e6} s`);
  });
  it('get the only CPU if there is one', () => assert.equal(listed(HOSTS.oneCpu), '0'));
  it('get distinct cores as long as there are enough', () => {
    holds([anyHost], host => {
      const reserved = reservedCpus(host, computeBudget(host));
      const cores = coresOf(host.cpus.filter(cpu => cpu.allowed && !reserved.includes(cpu.cpu))).length;
      const first = placesOf(host)
        .slice(0, cores)
        .map(place => coreOf(host, place[0]!));
      assert.equal(new Set(first).size, first.length);
    });
  });
});

describe('placement: workers with several threads', () => {
  it('get a core for each thread while there are cores', () => {
    assert.equal(listed(HOSTS.smt12, { workers: 2, threadsPerWorker: 3 }), '0-2 3-5');
    const adjacent = madeHost({ cores: 6, threads: 2, siblings: 'adjacent' });
    assert.equal(listed(adjacent, { workers: 2, threadsPerWorker: 3 }), '0,2,4 6,8,10');
    assert.equal(listed(adjacent, { workers: 1, threadsPerWorker: 4 }), '0,2,4,6');
  });
  it('share the cores out evenly if they have more threads than there are cores, and leave none idle', () => {
    assert.equal(listed(HOSTS.smt12, { workers: 2, threadsPerWorker: 4 }), '0-2,6 3-5,9');
    assert.equal(listed(HOSTS.smt12, { workers: 5 }), '0,6 1,7 2,8 3,9 4-5');
    assert.equal(listed(madeHost({ cores: 4, threads: 2, siblings: 'adjacent' }), { workers: 3 }), '0-1 2-3 4,6');
  });
  it('stay in a NUMA node if its size is a multiple of theirs', () => {
    const found = placesOf(HOSTS.numa64, { threadsPerWorker: 8, workers: 8, reserve: 0 });
    const numaOf = (cpu: number) => HOSTS.numa64.cpus[cpu]!.numa;
    for (const place of found) assert.equal(new Set(place.map(numaOf)).size, 1, formatCpulist(place));
  });
  it('leave the reserve unused', () => assert.equal(listed(HOSTS.smt12, { workers: 1 }), '0-10'));
  it('get all CPUs if there are fewer than a worker wants', () =>
    assert.equal(listed(HOSTS.cpuset4of12, { workers: 2, threadsPerWorker: 7 }), '0-3 0-3'));
});

describe('placement: cores for threads, on any machine with one kind of cores and one NUMA node', () => {
  const plain = fc
    .record({
      cores: fc.integer({ min: 1, max: 16 }),
      threads: fc.integer({ min: 1, max: 4 }),
      siblings: fc.constantFrom('adjacent' as const, 'apart' as const),
    })
    .map(madeHost);
  const somePolicy = fc.constantFrom(...POLICIES.filter(policy => policy !== 'close'));
  const someTeams = fc.record({
    workers: fc.integer({ min: 1, max: 16 }),
    threadsPerWorker: fc.integer({ min: 2, max: 9 }),
    reserve: fc.integer({ min: 0, max: 3 }),
  });

  it('no two threads are on one core while another core idles', () => {
    holds([plain, someTeams, somePolicy], (host, options, policy) => {
      const budget = computeBudget(host, options);
      fc.pre(budget.workers * budget.threadsPerWorker <= budget.usable - budget.reserve.cpus);
      const used = places(host, budget, budget.workers, { policy }).flat();
      const reserved = reservedCpus(host, budget);
      const free = allowedCpus(host).filter(cpu => !reserved.includes(cpu));
      const coresWith = (cpus: readonly number[]) => new Set(cpus.map(cpu => coreOf(host, cpu))).size;
      assert.equal(coresWith(used), Math.min(used.length, coresWith(free)));
    });
  });
  it('no two workers share a core while there are whole cores for each', () => {
    holds([plain, someTeams, somePolicy], (host, options, policy) => {
      const budget = computeBudget(host, { ...options, reserve: 0 });
      const { workers, threadsPerWorker } = budget;
      const cores = coresOf(host.cpus);
      fc.pre(workers * Math.ceil(threadsPerWorker / cores[0]!.length) <= cores.length);
      const found = places(host, budget, workers, { policy });
      const ofPlaces = found.flatMap(place => [...new Set(place.map(cpu => coreOf(host, cpu)))]);
      assert.equal(new Set(ofPlaces).size, ofPlaces.length);
    });
  });
});

describe('placement: on any machine', () => {
  it('as many places as requested, within the allowed CPUs, all of the requested size or all there is', () => {
    holds([anyHost, someOptions], (host, options) => {
      const budget = computeBudget(host, options);
      const found = places(host, budget, budget.workers);
      const allowed = new Set(allowedCpus(host));
      const size = Math.min(budget.threadsPerWorker, Math.max(1, budget.usable - budget.reserve.cpus));
      assert.equal(found.length, budget.workers);
      for (const place of found) {
        assert.ok(place.every(cpu => allowed.has(cpu)));
        assert.equal(new Set(place).size, size);
      }
    });
  });
  it('disjoint as long as workers × threads fit', () => {
    holds([anyHost, someOptions], (host, options) => {
      const budget = computeBudget(host, options);
      fc.pre(budget.workers * budget.threadsPerWorker <= budget.usable - budget.reserve.cpus);
      const cpus = places(host, budget, budget.workers).flat();
      assert.equal(new Set(cpus).size, cpus.length);
    });
  });
  it('the same for the same machine', () => {
    holds([anyHost, someOptions], (host, options) =>
      assert.deepEqual(placesOf(structuredClone(host), options), placesOf(host, options)),
    );
  });
  it('the reserve leaves that many CPUs unused, one on a whole machine', () => {
    holds([anyHost, someOptions], (host, options) => {
      const { usable, reserve } = computeBudget(host, options);
      const used = new Set(placesOf(host, options).flat()).size;
      assert.ok(used <= Math.max(1, usable - reserve.cpus));
    });
    assert.equal(new Set(placesOf(HOSTS.numa64, { workers: 500 }).flat()).size, 63);
  });
});

describe('placement: distinct places, for workers that another program starts', () => {
  const distinct = (host: Host, options: BudgetOptions = {}) =>
    distinctPlaces(host, computeBudget(host, options)).map(formatCpulist).join(' ');

  it('are as many as the budget has workers, if those fit', () => {
    assert.equal(distinct(HOSTS.smt12), '0 1 2 3 4 5 6 7 8 9 10');
    assert.equal(distinct(HOSTS.smt12, { workers: 2 }), '0-2,6-7 3-5,9-10');
  });
  it('are no more than fit, however many workers are requested', () =>
    assert.equal(distinct(HOSTS.cpuset4of12, { workers: 9 }), '0 1 2 3'));
  it('do not depend on memory: the program may start as many as it likes', () => {
    assert.equal(distinctPlaces(HOSTS.smt12, computeBudget(HOSTS.smt12, { memoryPerWorker: 2 ** 36 })).length, 11);
  });
  it('never overlap, and there is always one', () => {
    holds([anyHost, someOptions], (host, options) => {
      const found = distinctPlaces(host, computeBudget(host, options));
      assert.ok(found.length >= 1);
      assert.equal(new Set(found.flat()).size, found.flat().length);
    });
  });
});
