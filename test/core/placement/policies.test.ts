import assert from 'node:assert/strict';
import fc from 'fast-check';
import { computeBudget, type Budget } from '../../../lib/core/budget/budget.js';
import type { Cpuset } from '../../../lib/core/cpuset.js';
import { allowedCpus, type Cpu, type Host } from '../../../lib/core/machine/host.js';
import { places, reservedCpus } from '../../../lib/core/placement/places.js';
import { POLICIES, type PlacementPolicy } from '../../../lib/core/placement/policy.js';
import { HOSTS, madeHost } from '../../helpers/machine/hosts.js';
import { DEEP, listed, placed, someOptions, somePolicy } from '../../helpers/placed.js';
import { anyHost, badInputError, evenHost, holds } from '../../helpers/property.js';

const freeOf = (host: Host, budget: Budget) => {
  const reserved = reservedCpus(host, budget);
  return new Set(allowedCpus(host).filter(cpu => !reserved.includes(cpu)));
};
/** The values that the CPUs of a place have in a field of the host: a single one if they share it. */
const shared = (host: Host, key: keyof Cpu) => valuesBy(new Map(host.cpus.map(cpu => [cpu.cpu, cpu[key]])));
const valuesBy = (by: ReadonlyMap<number, unknown>) => (place: Cpuset) => new Set(place.map(cpu => by.get(cpu)));
const numaOf = (host: Host) => shared(host, 'numa');
const packageOf = (host: Host) => shared(host, 'package');
const kindOf = (host: Host) => shared(host, 'kind');
const l3Of = (host: Host) => valuesBy(new Map(host.caches.L3.flatMap((cpus, i) => cpus.map(cpu => [cpu, i] as const))));
const counts = (of: Iterable<unknown>) => {
  const found = new Map<unknown, number>();
  for (const one of of) found.set(one, (found.get(one) ?? 0) + 1);
  return found;
};
const spreadOf = (numbers: Iterable<number>) => Math.max(...numbers) - Math.min(...numbers);

describe('policies: four workers with one thread on 2 packages × 2 NUMA nodes × 2 L3s × 2 cores × 2 CPUs', () => {
  const first: Record<PlacementPolicy, string> = {
    close: '0 16 1 17',
    spread: '0 8 4 12',
    physical: '0 1 2 3',
    package: '0 8 1 9',
    numa: '0 4 8 12',
    l3: '0 2 4 6',
  };
  for (const policy of POLICIES) {
    it(policy, () => assert.equal(listed(DEEP, { policy, workers: 4, threadsPerWorker: 1 }), first[policy]));
  }
});

describe('policies: workers with two threads on the same machine', () => {
  const first: Record<PlacementPolicy, string> = {
    close: '0,16 1,17 2,18 3,19',
    spread: '0-1 8-9 4-5 12-13',
    physical: '0-1 2-3 4-5 6-7',
    package: '0-1 8-9 2-3 10-11',
    numa: '0-1 4-5 8-9 12-13',
    l3: '0-1 2-3 4-5 6-7',
  };
  for (const policy of POLICIES)
    it(policy, () => assert.equal(listed(DEEP, { policy, workers: 4, threadsPerWorker: 2 }), first[policy]));
});

describe('policies', () => {
  it('default: physical', () => {
    holds([anyHost, someOptions], (host, options) =>
      assert.deepEqual(placed(host, options), placed(host, { ...options, policy: 'physical' })),
    );
  });
  it('rejects any other word', () => {
    assert.throws(
      () => placed(DEEP, { policy: 'near' as PlacementPolicy }),
      badInputError(/^invalid policy "near": expected one of close, spread, physical, package, numa, l3$/),
    );
  });
  it('close: whole cores before the halves that the reserve left', () => {
    const host = madeHost({ cores: 4, threads: 2, interrupts: [900, 1, 1, 1, 1, 1, 1, 1] });
    assert.equal(listed(host, { policy: 'close', threadsPerWorker: 2 }), '1,5 2,6 3,7');
  });
  it('package: twelve threads in a package of sixteen CPUs, on as few nodes as possible; packages take turns', () => {
    assert.equal(
      listed(DEEP, { policy: 'package', threadsPerWorker: 12, workers: 2, reserve: 0 }),
      '0-7,16-19 8-15,24-27',
    );
    assert.equal(
      listed(DEEP, { policy: 'package', threadsPerWorker: 4, workers: 4, reserve: 0 }),
      '0-3 8-11 4-7 12-15',
    );
  });
  it('numa: six threads in a node of eight CPUs stay together; nodes take turns', () => {
    assert.equal(
      listed(DEEP, { policy: 'numa', threadsPerWorker: 6, workers: 4, reserve: 0 }),
      '0-3,16-17 4-7,20-21 8-11,24-25 12-15,28-29',
    );
  });
  it('numa: across two nodes if none has enough CPUs', () => {
    assert.deepEqual(
      placed(DEEP, { policy: 'numa', threadsPerWorker: 12, workers: 2, reserve: 0 }).map(
        place => numaOf(DEEP)(place).size,
      ),
      [2, 2],
    );
  });
  it('numa nodes of several packages are wider than packages', () => {
    const host = madeHost({ packages: 8, numaNodes: 2, cores: 8 });
    assert.equal(listed(host, { policy: 'spread', workers: 2, threadsPerWorker: 1 }), '0 4');
    assert.equal(listed(host, { policy: 'close', workers: 2, threadsPerWorker: 3, reserve: 0 }), '0-2 4-6');
  });
  it('hybrid: cores before siblings for workers with one thread, one kind for workers with several', () => {
    for (const policy of ['spread', 'physical', 'package', 'numa', 'l3'] as const) {
      assert.equal(listed(HOSTS.hybrid, { policy, reserve: 0 }), '0 2 4 5 6 7 1 3', policy);
    }
    assert.equal(listed(HOSTS.hybrid, { policy: 'physical', threadsPerWorker: 2, reserve: 0 }), '0-1 2-3 4-5 6-7');
    assert.equal(listed(HOSTS.hybrid, { policy: 'close', threadsPerWorker: 3, reserve: 0 }), '0-2 4-6');
  });
  it('sharing: the CPUs with the fewest threads', () => {
    assert.equal(listed(madeHost({ cores: 7 }), { threadsPerWorker: 4, workers: 2, reserve: 0 }), '0-3 0,4-6');
    assert.equal(
      listed(madeHost({ cores: 5 }), { threadsPerWorker: 2, workers: 5, reserve: 0 }),
      '0-1 2-3 0,4 1-2 3-4',
    );
  });
});

describe('policies on any machine', () => {
  it('as many places as promised, of allowed CPUs, as large as requested or possible; disjoint while they fit', () => {
    holds([anyHost, someOptions, somePolicy], (host, options, policy) => {
      const budget = computeBudget(host, options);
      const found = placed(host, { ...options, policy });
      const allowed = new Set(allowedCpus(host));
      const most = Math.max(1, budget.usable - budget.reserve.cpus);
      const size = Math.min(budget.threadsPerWorker, most);
      assert.equal(found.length, budget.workers);
      for (const place of found)
        assert.ok(place.length === size && new Set(place).size === size && place.every(cpu => allowed.has(cpu)));
      const fitting = found.slice(0, Math.floor(most / size)).flat();
      assert.equal(new Set(fitting).size, fitting.length);
      assert.ok(new Set(found.flat()).size <= most);
    });
  });
  it('the same for the same machine, and another offline CPU changes nothing', () => {
    holds([anyHost, someOptions, somePolicy], (host, options, policy) => {
      const found = placed(host, { ...options, policy });
      assert.deepEqual(placed(structuredClone(host), { ...options, policy }), found);
      const off: Cpu = { cpu: 200, online: false, allowed: false, core: null, package: null, numa: null, kind: null };
      assert.deepEqual(placed({ ...host, cpus: [...host.cpus, off] }, { ...options, policy }), found);
    });
  });
  it('sharing: threads per CPU differ by at most one if a worker may use any CPU', () => {
    holds(
      [anyHost, someOptions, fc.constantFrom<PlacementPolicy>('close', 'spread', 'physical')],
      (host, options, policy) => {
        fc.pre(kindOf(host)(allowedCpus(host)).size === 1);
        const budget = computeBudget(host, options);
        const threads = counts(placed(host, { ...options, policy }).flat());
        assert.ok(spreadOf(threads.values()) <= 1);
        const most = Math.max(1, budget.usable - budget.reserve.cpus);
        const [asked, fitting] = [budget.workers * budget.threadsPerWorker, most - (most % budget.threadsPerWorker)];
        if (asked >= most && asked > fitting) assert.equal(threads.size, most);
      },
    );
  });
  /** Places before the first that shares a CPU with another one. */
  const separate = (found: readonly Cpuset[]) => {
    const end = found.findIndex((place, i) => place.some(cpu => found.slice(0, i).flat().includes(cpu)));
    return end < 0 ? found : found.slice(0, end);
  };
  /** Of places that share no CPU at least as many lie inside one part as the parts have room for. */
  const fillsParts = (
    host: Host,
    budget: Budget,
    found: readonly Cpuset[],
    partOf: (place: Cpuset) => Set<unknown>,
  ) => {
    const rooms = [...counts([...freeOf(host, budget)].map(cpu => [...partOf([cpu])][0])).values()];
    const apart = separate(found);
    const room = rooms.reduce((sum, cpus) => sum + Math.floor(cpus / found[0]!.length), 0);
    const inside = apart.filter(place => partOf(place).size === 1).length;
    assert.ok(inside >= Math.min(apart.length, room), `${inside} of ${apart.length}, room for ${room}`);
  };
  it('as many workers as possible have CPUs of one kind', () => {
    holds([anyHost, someOptions, somePolicy], (host, options, policy) => {
      const budget = computeBudget(host, { ...options, physical: false });
      fillsParts(host, budget, places(host, budget, budget.workers, { policy }), kindOf(host));
    });
  });
  // close keeps to the narrowest part, so it also keeps to a wider one if the wider one holds whole narrower ones
  for (const [policy, of, name, hosts] of [
    ['package', packageOf, 'package', anyHost],
    ['numa', numaOf, 'NUMA node', anyHost],
    ['l3', l3Of, 'L3 cache', anyHost],
    ['close', numaOf, 'NUMA node', evenHost],
    ['close', l3Of, 'L3 cache', evenHost],
  ] as const) {
    it(`${policy}: as many workers as possible are inside one ${name}`, () => {
      holds([hosts, someOptions], (host, options) => {
        const budget = computeBudget(host, { ...options, physical: false });
        fc.pre(kindOf(host)([...freeOf(host, budget)]).size === 1);
        fillsParts(host, budget, places(host, budget, budget.workers, { policy }), of(host));
      });
    });
  }
  for (const [policy, of] of [
    ['package', packageOf],
    ['numa', numaOf],
    ['l3', l3Of],
  ] as const) {
    it(`${policy}: balanced to within one worker, while each has room and also when they share`, () => {
      holds(
        [evenHost, fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 4 })],
        (host, workers, threadsPerWorker) => {
          const parts = of(host)(allowedCpus(host)).size;
          fc.pre((allowedCpus(host).length / parts) % threadsPerWorker === 0);
          const found = placed(host, { policy, workers, threadsPerWorker, reserve: 0 });
          const at = counts(found.map(place => [...of(host)(place)].join()));
          assert.ok([...at.keys()].every(key => !String(key).includes(',')));
          assert.ok(Math.max(...at.values()) - (at.size < parts ? 0 : Math.min(...at.values())) <= 1);
        },
      );
    });
  }
  it('spread: packages balanced to within one worker', () => {
    holds([evenHost, fc.integer({ min: 1, max: 20 })], (host, workers) => {
      const of = shared(host, 'package');
      const packages = of(allowedCpus(host)).size;
      const at = counts(
        placed(host, { policy: 'spread', workers, threadsPerWorker: 1, reserve: 0 }).map(place => [...of(place)][0]),
      );
      assert.ok(Math.max(...at.values()) - (at.size < packages ? 0 : Math.min(...at.values())) <= 1);
    });
  });
  it('a machine with 1,024 CPUs and 65,536 workers takes only seconds', function () {
    this.timeout(20_000);
    const host = madeHost({ packages: 4, numaNodes: 8, l3s: 64, cores: 512, threads: 2 });
    for (const policy of POLICIES)
      assert.equal(placed(host, { policy, workers: 65_536, threadsPerWorker: 1 }).length, 65_536);
  });
});
