import assert from 'node:assert/strict';
import { computeBudget, type BudgetOptions } from '../../../lib/core/budget/budget.js';
import type { Host } from '../../../lib/core/machine/host.js';
import type { PlacementPolicy } from '../../../lib/core/placement/policy.js';
import { planPlacement } from '../../../lib/core/placement/planned-use.js';
import { formatTopology } from '../../../lib/report/machine/topology.js';
import { HOSTS, madeHost } from '../../helpers/machine/hosts.js';

const text = (host: Parameters<typeof formatTopology>[0]) => formatTopology(host).split('\n');

const planned = (host: Host, { policy, ...options }: BudgetOptions & { policy?: PlacementPolicy } = {}) =>
  formatTopology(host, planPlacement(host, computeBudget(host, options), { policy })).split('\n');

describe('topology as text: which workers would get which CPUs', () => {
  it('a worker per CPU, and the reserve', () => {
    assert.deepEqual(planned(HOSTS.twoCpus).slice(2), [
      '   ├─ Core 0: CPU 0 (worker 0)',
      '   └─ Core 1: CPU 1 (reserved)',
      'Reserved: CPU 1',
      'Allowed: every online CPU',
      'Quota: none',
      'Memory: unknown',
    ]);
  });
  it('SMT siblings with one worker or two', () => {
    assert.deepEqual(planned(HOSTS.smt12, { workers: 5 }).slice(2, 8), [
      '   ├─ Core 0: CPUs 0, 6 (worker 0)',
      '   ├─ Core 1: CPUs 1, 7 (worker 1)',
      '   ├─ Core 2: CPUs 2, 8 (worker 2)',
      '   ├─ Core 3: CPUs 3, 9 (worker 3)',
      '   ├─ Core 4: CPU 4 (worker 4), CPU 10',
      '   └─ Core 5: CPU 5 (worker 4), CPU 11 (reserved)',
    ]);
    assert.equal(planned(HOSTS.smt12)[2], '   ├─ Core 0: CPU 0 (worker 0), CPU 6 (worker 6)');
  });
  it('workers that share, the first ones by number', () => {
    assert.equal(planned(HOSTS.twoCpus, { workers: 3 })[2], '   ├─ Core 0: CPU 0 (workers 0, 1, 2)');
    assert.equal(planned(HOSTS.twoCpus, { workers: 9 })[2], '   ├─ Core 0: CPU 0 (workers 0, 1, 2, 3 … (9 in total))');
  });
  it('by the policy', () => {
    assert.deepEqual(
      planned(HOSTS.numa64, { policy: 'numa', workers: 2, threadsPerWorker: 1 }).filter(line =>
        line.includes('worker'),
      ),
      ['│  ├─ Core 0: CPU 0 (worker 0), CPU 32', '   ├─ Core 16: CPU 16 (worker 1), CPU 48'],
    );
  });
  it('L3s, if a package has several', () => {
    assert.deepEqual(planned(madeHost({ cores: 4, l3s: 2 }), { policy: 'l3', reserve: 0, workers: 2 }).slice(1, 8), [
      '└─ Package 0: CPUs 0-3, 4 × L1d, 4 × L2, 2 × L3, NUMA node 0',
      '   ├─ L3: CPUs 0-1',
      '   │  ├─ Core 0: CPU 0 (worker 0)',
      '   │  └─ Core 1: CPU 1 (worker 0)',
      '   └─ L3: CPUs 2-3',
      '      ├─ Core 2: CPU 2 (worker 1)',
      '      └─ Core 3: CPU 3 (worker 1)',
    ]);
  });
});

describe('topology as text: packages, NUMA nodes, cores and CPUs, then the limits', () => {
  it('two CPUs', () => {
    assert.deepEqual(text(HOSTS.twoCpus), [
      'Machine: 2 cores, 2 CPUs online (0-1)',
      '└─ Package 0: CPUs 0-1, 2 × L1d, 2 × L2, 1 × L3, NUMA node 0',
      '   ├─ Core 0: CPU 0',
      '   └─ Core 1: CPU 1',
      'Allowed: every online CPU',
      'Quota: none',
      'Memory: unknown',
    ]);
  });
  it('one CPU, in the singular', () => assert.equal(text(HOSTS.oneCpu)[0], 'Machine: 1 core, 1 CPU online (0)'));
  it('everything at once', () => {
    assert.deepEqual(text(HOSTS.everything), [
      'Machine: 6 cores, 11 CPUs online (0-10)',
      '└─ Package 0: CPUs 0-10, 6 × L1d, 6 × L2, 1 × L3, NUMA node 0',
      '   ├─ Core 0: CPUs 0, 6',
      '   ├─ Core 1: CPU 1, CPU 7 (not allowed)',
      '   ├─ Core 2: CPU 2, CPU 8 (not allowed)',
      '   ├─ Core 3: CPU 3, CPU 9 (not allowed)',
      '   ├─ Core 4: CPU 4, CPU 10 (not allowed)',
      '   └─ Core 5: CPU 5',
      'Offline: 11',
      'Allowed: 7 CPUs (0-6), by /sys/fs/cgroup/job/cpuset.cpus.effective and /proc/self/status Cpus_allowed',
      'Quota: 5.5 CPUs (/sys/fs/cgroup/job/cpu.max)',
      'Memory: 31.4GB, 26.5GB available',
      'Memory limit: 8.0GB (/sys/fs/cgroup/job/memory.max)',
      'Process limit: 100 (/sys/fs/cgroup/job/pids.max)',
    ]);
  });
  it('two packages', () => {
    assert.deepEqual(
      text(HOSTS.numa64).filter(line => line.includes('Package')),
      [
        '├─ Package 0: CPUs 0-15,32-47, 16 × L1d, 16 × L2, 1 × L3, NUMA node 0',
        '└─ Package 1: CPUs 16-31,48-63, 16 × L1d, 16 × L2, 1 × L3, NUMA node 1',
      ],
    );
  });
  it('several NUMA nodes in a package', () => {
    assert.deepEqual(text(madeHost({ cores: 4, numaNodes: 2 })).slice(1, 8), [
      '└─ Package 0: CPUs 0-3, 4 × L1d, 4 × L2, 2 × L3',
      '   ├─ NUMA node 0: CPUs 0-1',
      '   │  ├─ Core 0: CPU 0',
      '   │  └─ Core 1: CPU 1',
      '   └─ NUMA node 1: CPUs 2-3',
      '      ├─ Core 2: CPU 2',
      '      └─ Core 3: CPU 3',
    ]);
  });
  it('kinds, if there are several', () => {
    assert.deepEqual(text(HOSTS.hybrid).slice(2, 5), [
      '   ├─ Core 0: CPUs 0, 1, kind 1',
      '   ├─ Core 1: CPUs 2, 3, kind 1',
      '   ├─ Core 2: CPU 4, kind 0',
    ]);
  });
  it('cores that are not allowed', () => {
    const found = text(madeHost({ cores: 2, cpuset: '0' }));
    assert.equal(found[3], '   └─ Core 1: CPU 1 (not allowed)');
    assert.equal(found[4], 'Allowed: 1 CPU (0), by /sys/fs/cgroup/job/cpuset.cpus.effective');
  });
  it('what the system does not report', () => {
    const host = madeHost({ cores: 1, memory: { total: 2 ** 30, available: null } });
    const bare = {
      ...host,
      cpus: host.cpus.map(cpu => ({ ...cpu, core: null, package: null, numa: null })),
      caches: { L1d: [], L2: [], L3: [] },
    };
    assert.deepEqual(text(bare).slice(1, 3), ['└─ Package: CPUs 0', '   └─ Core ?: CPU 0']);
    assert.equal(text(bare).at(-1), 'Memory: 1.0GB, unknown available');
  });
  it('a source never reaches the terminal raw', () => {
    const host = madeHost({ cores: 2, quota: 1 });
    host.limits.quota!.source = '\u001b[2J';
    assert.ok(text(host).includes('Quota: 1 CPU (\\x1b[2J)'));
  });
});
