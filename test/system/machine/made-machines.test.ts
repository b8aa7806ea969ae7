import assert from 'node:assert/strict';
import { symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { formatCpulist } from '../../../lib/core/cpuset.js';
import { allowedCpus } from '../../../lib/core/machine/host.js';
import { readHost, type Host } from '../../../lib/index.js';
import { machine, manyCpus, mask, sysroot, type Files } from '../../helpers/machine/sysroot.js';

const read = (...files: Files[]) => readHost({ sysroot: sysroot(...files) });
const column = (host: Host, name: 'core' | 'package' | 'numa' | 'kind' | 'online') => host.cpus.map(cpu => cpu[name]);
const lists = (sets: readonly (readonly number[])[]) => sets.map(formatCpulist);
const CPU = 'sys/devices/system/cpu';

describe('a machine whose kernel tells little', () => {
  it('no topology, no caches, no NUMA nodes: CPUs, and null for what is not told', () => {
    const host = read(machine({ online: '0-1', cpus: { 0: {}, 1: {} } }));
    const bare = { online: true, allowed: true, core: null, package: null, numa: null, kind: 0 };
    assert.deepEqual(host.cpus, [
      { cpu: 0, ...bare },
      { cpu: 1, ...bare },
    ]);
    assert.deepEqual(host.caches, { L1d: [], L2: [], L3: [] });
    assert.deepEqual(host.numaNodes, []);
    assert.deepEqual(host.limits, {
      quota: null,
      cpuset: null,
      affinity: null,
      chosen: null,
      free: null,
      weight: null,
      memory: null,
      pids: null,
    });
    assert.deepEqual(host.memory, { total: null, available: null });
  });

  it('no list of online CPUs, but switches: those that are not off', () => {
    const host = read(machine({ cpus: manyCpus(3, cpu => ({ thread_siblings: String(cpu) })) }), {
      [`${CPU}/cpu1/online`]: '0',
      [`${CPU}/cpu2/online`]: '1',
    });
    assert.deepEqual(column(host, 'online'), [true, false, true]);
  });

  it('a list of online CPUs alone: they are there, and nothing is known of them', () => {
    assert.deepEqual(
      read({ [`${CPU}/online`]: '0-2' }).cpus.map(cpu => [cpu.cpu, cpu.online, cpu.core]),
      [
        [0, true, null],
        [1, true, null],
        [2, true, null],
      ],
    );
  });

  it('core_siblings without thread_siblings: packages, and no cores', () => {
    const host = read(
      machine({ online: '0-3', cpus: manyCpus(4, cpu => ({ core_siblings: cpu < 2 ? '0-1' : '2-3' })) }),
    );
    assert.deepEqual(column(host, 'package'), [0, 0, 1, 1]);
    assert.deepEqual(column(host, 'core'), [null, null, null, null]);
  });

  it('siblings without core_id or physical_package_id: cores and packages by the siblings', () => {
    const host = read(
      machine({
        online: '0-3',
        cpus: manyCpus(4, cpu => ({ thread_siblings: `${cpu % 2},${(cpu % 2) + 2}`, core_siblings: '0-3' })),
      }),
    );
    assert.deepEqual(column(host, 'core'), [0, 1, 0, 1]);
    assert.deepEqual(column(host, 'package'), [0, 0, 0, 0]);
  });

  it('the names of Linux 5 alone: core_cpus and package_cpus', () => {
    const host = read(
      machine({
        online: '0-3',
        cpus: manyCpus(4, cpu => ({ core_cpus: cpu < 2 ? '0-1' : '2-3', package_cpus: '0-3' })),
      }),
    );
    assert.deepEqual(column(host, 'core'), [0, 0, 1, 1]);
    assert.deepEqual(column(host, 'package'), [0, 0, 0, 0]);
  });
});

describe('a machine whose ids mislead', () => {
  it('-1 for every id: the siblings tell', () => {
    const ids = { core_id: -1, physical_package_id: -1 };
    const host = read(
      machine({
        online: '0-3',
        cpus: manyCpus(4, cpu => ({ ...ids, thread_siblings: String(cpu), core_siblings: cpu < 2 ? '0-1' : '2-3' })),
      }),
    );
    assert.deepEqual(column(host, 'core'), [0, 1, 2, 3]);
    assert.deepEqual(column(host, 'package'), [0, 0, 1, 1]);
  });

  it('core ids that each package uses again: cores of their own', () => {
    const host = read(
      machine({
        online: '0-3',
        cpus: manyCpus(4, cpu => ({
          core_id: cpu % 2,
          physical_package_id: 70 + (cpu >> 1),
          thread_siblings: String(cpu),
          core_siblings: cpu < 2 ? '0-1' : '2-3',
        })),
      }),
    );
    assert.deepEqual(column(host, 'core'), [0, 1, 2, 3]);
  });

  it("sparse numbers of CPUs, cores, packages and nodes: indexes without gaps, the system's CPUs and nodes", () => {
    const cpus = Object.fromEntries(
      [6, 7, 40, 1023].map(cpu => [
        cpu,
        {
          core_id: cpu * 3,
          physical_package_id: cpu < 10 ? 8 : 500,
          thread_siblings: cpu < 10 ? '6-7' : String(cpu),
          core_siblings: cpu < 10 ? '6-7' : '40,1023',
        },
      ]),
    );
    const host = read(
      machine({ online: '6-7,40,1023', present: '6-7,40,1023', cpus, nodes: { 4: '6-7', 250: '40,1023' } }),
    );
    assert.deepEqual(
      host.cpus.map(cpu => [cpu.cpu, cpu.core, cpu.package, cpu.numa]),
      [
        [6, 0, 0, 4],
        [7, 0, 0, 4],
        [40, 1, 1, 250],
        [1023, 2, 1, 250],
      ],
    );
  });

  it("a mask that differs from its list: the mask, which a kernel's tools read too", () => {
    const cpus = manyCpus(2, () => ({ thread_siblings: '0-1' }));
    const host = read(machine({ online: '0-1', cpus }), {
      [`${CPU}/cpu0/topology/thread_siblings`]: '1',
      [`${CPU}/cpu1/topology/thread_siblings`]: '2',
    });
    assert.deepEqual(column(host, 'core'), [0, 1]);
  });
});

describe('a machine with offline CPUs', () => {
  const smt = (cpu: number) => ({ thread_siblings: cpu < 2 ? '0-1' : '2-3', core_siblings: '0-3' });

  it('they have no place, and their siblings keep the core', () => {
    const host = read(
      machine({
        online: '0,2-3',
        present: '0-3',
        cpus: { 0: smt(0), 1: {}, 2: smt(2), 3: smt(3) },
        nodes: { 0: '0-3' },
        caches: cpu => ({ L2: cpu < 2 ? '0-1' : '2-3' }),
      }),
    );
    assert.deepEqual(column(host, 'core'), [0, null, 1, 1]);
    assert.deepEqual(column(host, 'numa'), [0, null, 0, 0]);
    assert.deepEqual(column(host, 'kind'), [0, null, 0, 0]);
    assert.deepEqual(lists(host.caches.L2), ['0', '2-3']);
    assert.deepEqual(host.numaNodes, [{ node: 0, cpus: [0, 2, 3] }]);
  });

  it('those that may be plugged in later and are not there now are not told at all', () => {
    const host = read(machine({ online: '0-1', present: '0-1', cpus: manyCpus(2, smt) }), {
      [`${CPU}/possible`]: '0-255',
    });
    assert.equal(host.cpus.length, 2);
  });
});

describe('a machine with groups between core and package', () => {
  const cpus = manyCpus(8, cpu => ({
    thread_siblings: cpu % 2 ? `${cpu - 1}-${cpu}` : `${cpu}-${cpu + 1}`,
    cluster_cpus: cpu < 4 ? '0-3' : '4-7',
    die_cpus: cpu < 4 ? '0-3' : '4-7',
    core_siblings: '0-7',
    book_siblings: '0-7',
    drawer_siblings: '0-7',
    die_id: cpu >> 2,
    cluster_id: cpu >> 2,
    book_id: 1,
    drawer_id: 0,
  }));

  it('dies, clusters, books and drawers are neither cores nor packages; each die may have an L3 of its own', () => {
    const host = read(
      machine({
        online: '0-7',
        cpus,
        caches: cpu => ({ L1d: String(cpu), L1i: String(cpu), L3: cpu < 4 ? '0-3' : '4-7' }),
      }),
    );
    assert.deepEqual(column(host, 'core'), [0, 0, 1, 1, 2, 2, 3, 3]);
    assert.deepEqual(column(host, 'package'), [0, 0, 0, 0, 0, 0, 0, 0]);
    assert.deepEqual(lists(host.caches.L3), ['0-3', '4-7']);
    assert.equal(host.caches.L1d.length, 8);
  });
});

describe('a machine with NUMA nodes', () => {
  const cpus = manyCpus(4, cpu => ({ thread_siblings: String(cpu), core_siblings: '0-3' }));

  it('of memory alone: they are told, without CPUs', () => {
    const host = read(machine({ online: '0-3', cpus, nodes: { 0: '0-1', 1: '2-3', 2: '', 8: '' } }));
    assert.deepEqual(column(host, 'numa'), [0, 0, 1, 1]);
    assert.deepEqual(host.numaNodes, [
      { node: 0, cpus: [0, 1] },
      { node: 1, cpus: [2, 3] },
      { node: 2, cpus: [] },
      { node: 8, cpus: [] },
    ]);
  });

  it('that each claim all CPUs: the lowest has them', () => {
    const host = read(machine({ online: '0-3', cpus, nodes: { 0: '0-3', 1: '0-3', 2: '0-3' } }));
    assert.deepEqual(column(host, 'numa'), [0, 0, 0, 0]);
    assert.deepEqual(
      host.numaNodes.map(node => node.cpus.length),
      [4, 0, 0],
    );
  });

  it('that tell no CPUs', () => {
    const host = read(machine({ online: '0-3', cpus }), { 'sys/devices/system/node/node0/meminfo': '' });
    assert.deepEqual(column(host, 'numa'), [null, null, null, null]);
  });
});

describe('a machine with more CPUs than a fixed-width set holds', () => {
  /** The CPUs from `first` on have the files of others, by symlinks: a thousand directories more would take their time. */
  const shared = (root: string, first: number, count: number, other: (cpu: number) => number) => {
    for (let cpu = first; cpu < count; cpu++)
      if (other(cpu) !== cpu) symlinkSync(`cpu${other(cpu)}`, join(root, CPU, `cpu${cpu}`));
    return readHost({ sysroot: root });
  };

  it('1,500 with two threads a core, far apart, and an offline one', () => {
    const core = (cpu: number) => `${cpu % 750},${(cpu % 750) + 750}`;
    const cpus = manyCpus(750, cpu => ({
      thread_siblings: core(cpu),
      core_siblings: cpu < 375 ? '0-374,750-1124' : '375-749,1125-1499',
    }));
    const files = machine({
      online: '0-1498',
      present: '0-1499',
      cpus,
      nodes: { 0: '0-374,750-1124', 1: '375-749,1125-1499' },
      caches: cpu => ({ L2: core(cpu) }),
    });
    const status = {
      'proc/self/status': `Name:\tx\nCpus_allowed:\t${mask(1400, 100, 1504)}\nCpus_allowed_list:\t1400-1499`,
    };
    const host = shared(sysroot(files, status), 750, 1500, cpu => cpu - 750);
    assert.equal(formatCpulist(allowedCpus(host)), '1400-1498');
    assert.equal(host.cpus.filter(cpu => cpu.online).length, 1499);
    assert.equal(new Set(column(host, 'core')).size, 751, '750 cores, and null');
    assert.deepEqual(host.cpus[1498], {
      cpu: 1498,
      online: true,
      allowed: true,
      core: 748,
      package: 1,
      numa: 1,
      kind: 0,
    });
    assert.deepEqual(host.caches.L2[749], [749], 'its sibling is off');
    assert.equal(host.caches.L2.length, 750);
  });

  it('4,096 by masks, 64 packages', () => {
    const files: Files = { [`${CPU}/online`]: '0-4095', [`${CPU}/present`]: '0-4095' };
    for (let cpu = 0; cpu < 4096; cpu += 4) {
      files[`${CPU}/cpu${cpu}/topology/thread_siblings`] = mask(cpu, 4, 4096);
      files[`${CPU}/cpu${cpu}/topology/core_siblings`] = mask(cpu - (cpu % 64), 64, 4096);
    }
    const host = shared(sysroot(files), 0, 4096, cpu => cpu - (cpu % 4));
    assert.equal(host.cpus.length, 4096);
    for (const { cpu, core, package: pack } of host.cpus) assert.deepEqual([core, pack], [cpu >> 2, cpu >> 6]);
  });
});
