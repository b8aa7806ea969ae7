import assert from 'node:assert/strict';
import { allowedOf, interpretLimits } from '../../../lib/core/machine/limits.js';
import type { CgroupRecord, LimitsRecord } from '../../../lib/core/records.js';

/** A control group of version 2, by default without limits. */
function group(path: string, told: Partial<CgroupRecord> = {}): CgroupRecord {
  return {
    version: 2,
    controller: '',
    path,
    quota: null,
    weight: null,
    cpus: null,
    memoryLimit: null,
    memoryUsed: null,
    pidsLimit: null,
    pidsUsed: null,
    ...told,
  };
}

/** A control group of version 1, in which each controller has its own hierarchy. */
function group1(controller: string, path: string, told: Partial<CgroupRecord> = {}): CgroupRecord {
  return group(path, { version: 1, controller, ...told });
}

/** Groups from the innermost to the root, as the addon lists them. */
function limits(cgroups: CgroupRecord[], told: Partial<LimitsRecord> = {}) {
  return interpretLimits({ affinity: null, processLimit: null, cgroups, ...told });
}

const time = (quota: number, period = 100_000) => ({ quota: { quota, period } });

describe('limits: the quota is the tightest of the control group and all ancestors', () => {
  it('is null if nothing limits', () => {
    assert.deepEqual(limits([group('/a/b'), group('/a')]), {
      quota: null,
      cpuset: null,
      affinity: null,
      chosen: null,
      free: null,
      weight: null,
      memory: null,
      pids: null,
    });
    assert.equal(limits([]).quota, null);
  });
  it('the parent is tighter', () => {
    assert.deepEqual(limits([group('/a/b', time(400_000)), group('/a', time(150_000))]).quota, {
      value: 1.5,
      source: '/a/cpu.max',
    });
  });
  it('the child is tighter', () => {
    assert.deepEqual(limits([group('/a/b', time(25_000)), group('/a', time(150_000))]).quota, {
      value: 0.25,
      source: '/a/b/cpu.max',
    });
  });
  it('a group in the middle without a quota does not end the search', () => {
    assert.deepEqual(limits([group('/a/b/c', time(300_000)), group('/a/b'), group('/a', time(200_000))]).quota, {
      value: 2,
      source: '/a/cpu.max',
    });
  });
  it('periods differ: 50 of 20 ms is more than 100 of 100 ms', () => {
    assert.deepEqual(limits([group('/a/b', time(50_000, 20_000)), group('/a', time(100_000))]).quota, {
      value: 1,
      source: '/a/cpu.max',
    });
  });
  it('keeps the fraction', () => assert.equal(limits([group('/a', time(33_333))]).quota!.value, 0.33333));
  it('versions 1 and 2 at once: either may be tighter, and its file is the source', () => {
    const one = (quota: number) => group1('cpu', '/sys/fs/cgroup/cpu/job', time(quota));
    const two = (quota: number) => group('/sys/fs/cgroup/unified/job', time(quota));
    assert.deepEqual(limits([one(100_000), two(200_000)]).quota, {
      value: 1,
      source: '/sys/fs/cgroup/cpu/job/cpu.cfs_quota_us',
    });
    assert.deepEqual(limits([one(300_000), two(200_000)]).quota, {
      value: 2,
      source: '/sys/fs/cgroup/unified/job/cpu.max',
    });
  });
});

describe('limits: the cpuset is that of the innermost group that has one', () => {
  it("the child's, which the kernel keeps within its parent's", () => {
    assert.deepEqual(limits([group('/a/b', { cpus: [0, 1] }), group('/a', { cpus: [0, 1, 2, 3] })]).cpuset, {
      value: [0, 1],
      source: '/a/b/cpuset.cpus.effective',
    });
  });
  it("the parent's, if the child has none", () => {
    assert.deepEqual(limits([group('/a/b'), group('/a', { cpus: [4, 5] })]).cpuset, {
      value: [4, 5],
      source: '/a/cpuset.cpus.effective',
    });
  });
  it('with both versions, the CPUs in both; the smaller one is the source', () => {
    const both = limits([
      group1('cpuset', '/1/job', { cpus: [1, 2, 3] }),
      group('/2/job', { cpus: [0, 1] }),
      group1('cpuset', '/1', { cpus: [9] }),
    ]);
    assert.deepEqual(both.cpuset, { value: [1], source: '/2/job/cpuset.cpus.effective' });
  });
});

describe('limits: memory, and how much is left', () => {
  it('is the tightest limit, with the least that any group has left', () => {
    const found = limits([
      group('/a/b', { memoryLimit: 4_000, memoryUsed: 1_000 }),
      group('/a', { memoryLimit: 8_000, memoryUsed: 7_500 }),
      group('/'),
    ]);
    assert.deepEqual(found.memory, { value: 4_000, left: 500, source: '/a/b/memory.max' });
  });
  it('is never negative', () =>
    assert.equal(limits([group('/a', { memoryLimit: 10, memoryUsed: 12 })]).memory!.left, 0));
  it('has no known rest if its use is unknown', () => {
    assert.deepEqual(limits([group('/a', { memoryLimit: 10 })]).memory, {
      value: 10,
      left: null,
      source: '/a/memory.max',
    });
  });
  it('has no more left than the limit if only an ancestor reports its use', () => {
    assert.equal(
      limits([group('/a/b', { memoryLimit: 10 }), group('/a', { memoryLimit: 1_000, memoryUsed: 1 })]).memory!.left,
      10,
    );
  });
  it("has version 1's file as its source", () => {
    assert.equal(
      limits([group1('memory', '/m', { memoryLimit: 10, memoryUsed: 0 })]).memory!.source,
      '/m/memory.limit_in_bytes',
    );
  });
});

describe('limits: processes and threads', () => {
  const job = group('/a', { pidsLimit: 200, pidsUsed: 190 });

  it("are the control group's", () =>
    assert.deepEqual(limits([job]).pids, { value: 200, left: 10, source: '/a/pids.max' }));
  it("are RLIMIT_NPROC's without a group; the rest is unknown", () => {
    assert.deepEqual(limits([], { processLimit: 4_096 }).pids, { value: 4_096, left: null, source: 'RLIMIT_NPROC' });
  });
  it("are RLIMIT_NPROC's if that is less than the group has left", () => {
    assert.equal(limits([job], { processLimit: 9 }).pids!.source, 'RLIMIT_NPROC');
  });
  it("are the group's if it has less left than RLIMIT_NPROC, even if its limit is higher", () => {
    assert.deepEqual(limits([job], { processLimit: 100 }).pids, { value: 200, left: 10, source: '/a/pids.max' });
  });
});

describe('limits: allowed are the CPUs that are online, in the affinity and in the cpuset', () => {
  const none = limits([]);

  it('all online CPUs if nothing limits', () => assert.deepEqual(allowedOf([0, 1, 4], none), [0, 1, 4]));
  it('those of the affinity', () =>
    assert.deepEqual(allowedOf([0, 1, 2], limits([], { affinity: [1, 2, 3] })), [1, 2]));
  it('those in both', () => {
    assert.deepEqual(allowedOf([0, 1, 2, 3], limits([group('/a', { cpus: [0, 1, 2] })], { affinity: [2, 3] })), [2]);
  });
});
