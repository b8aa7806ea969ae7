import assert from 'node:assert/strict';
import { budget, readHost, type Host } from '../../../lib/index.js';
import { CPUS_0_TO_7, sysroot, type Files } from '../../helpers/machine/sysroot.js';

const CPU1 = '32 31 0:29 / /sys/fs/cgroup/cpu,cpuacct rw,relatime shared:9 - cgroup cgroup rw,cpu,cpuacct';
const CPUSET1 = '34 31 0:31 / /sys/fs/cgroup/cpuset rw - cgroup cgroup rw,cpuset';
const MEMORY1 = '35 31 0:32 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory';
const PIDS1 = '39 31 0:36 / /sys/fs/cgroup/pids rw - cgroup cgroup rw,pids';
const UNIFIED = '30 22 0:26 / /sys/fs/cgroup rw,nosuid - cgroup2 cgroup2 rw,nsdelegate';
const HYBRID = '41 31 0:38 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw';

/** A machine of CPUs 0-7 and a process in these groups of these mounts. */
function limited(mounts: string[], groups: string[], files: Files = {}): Host {
  const process = {
    'proc/self/mountinfo': mounts.join('\n'),
    'proc/self/cgroup': groups.join('\n'),
    'proc/self/status': 'Name:\tx\nCpus_allowed:\tff',
  };
  return readHost({ sysroot: sysroot(CPUS_0_TO_7, process, files) });
}

/** Version 2 with the process in this group; files by their path below the mount. */
function unified(group: string, files: Files): Host {
  return limited([UNIFIED], [`0::${group}`], below('sys/fs/cgroup', files));
}

function below(directory: string, files: Files): Files {
  return Object.fromEntries(Object.entries(files).map(([path, text]) => [`${directory}/${path}`, text]));
}

function decided(host: Host, options = {}) {
  const { workers, usable, winner, reserve } = budget({ host, environment: {}, ...options });
  return { workers, usable, winner, reserve: reserve.cpus };
}

describe('limits of version 1', () => {
  const groups = ['4:cpu,cpuacct:/job', '3:cpuset:/job', '0::/'];

  it('a quota', () => {
    const host = limited(
      [CPU1],
      groups,
      below('sys/fs/cgroup/cpu,cpuacct', {
        'job/cpu.cfs_quota_us': '250000',
        'job/cpu.cfs_period_us': '100000',
        'cpu.cfs_quota_us': '-1',
        'cpu.cfs_period_us': '100000',
      }),
    );
    assert.deepEqual(host.limits.quota, { value: 2.5, source: '/sys/fs/cgroup/cpu,cpuacct/job/cpu.cfs_quota_us' });
    assert.deepEqual(decided(host), { workers: 2, usable: 2, winner: 'quota', reserve: 0 });
  });

  it('a cpuset, and one that the kernel has narrowed', () => {
    const host = limited(
      [CPUSET1],
      groups,
      below('sys/fs/cgroup/cpuset', { 'job/cpuset.cpus': '1,3-5', 'cpuset.cpus': '0-7' }),
    );
    assert.deepEqual(host.limits.cpuset, { value: [1, 3, 4, 5], source: '/sys/fs/cgroup/cpuset/job/cpuset.cpus' });
    assert.deepEqual(decided(host), { workers: 4, usable: 4, winner: 'allowed', reserve: 0 });
    const narrowed = limited(
      [CPUSET1],
      groups,
      below('sys/fs/cgroup/cpuset', { 'job/cpuset.cpus': '1,3-5', 'job/cpuset.effective_cpus': '3-4' }),
    );
    assert.deepEqual(narrowed.limits.cpuset?.value, [3, 4]);
  });

  it('no quota anywhere: every CPU but the reserve', () => {
    const host = limited(
      [CPU1],
      groups,
      below('sys/fs/cgroup/cpu,cpuacct', { 'job/cpu.cfs_quota_us': '-1', 'job/cpu.cfs_period_us': '100000' }),
    );
    assert.equal(host.limits.quota, null);
    assert.deepEqual(decided(host), { workers: 7, usable: 8, winner: 'online', reserve: 1 });
  });

  it('a mount of the controller `cpu` alone, beside one of `cpuacct`', () => {
    const alone = '32 31 0:29 / /cg/cpu rw,relatime - cgroup cgroup rw,cpu';
    const other = '33 31 0:30 / /cg/cpuacct rw,relatime - cgroup cgroup rw,cpuacct';
    const host = limited([other, alone], ['2:cpuacct:/wrong', '1:cpu:/job'], {
      'cg/cpu/job/cpu.cfs_quota_us': '300000',
      'cg/cpu/job/cpu.cfs_period_us': '100000',
      'cg/cpuacct/wrong/cpu.cfs_quota_us': '100000',
      'cg/cpuacct/wrong/cpu.cfs_period_us': '100000',
    });
    assert.deepEqual(host.limits.quota, { value: 3, source: '/cg/cpu/job/cpu.cfs_quota_us' });
  });

  it('memory and processes, with what is left of them', () => {
    const host = limited([MEMORY1, PIDS1], ['6:memory:/job', '5:pids:/job'], {
      ...below('sys/fs/cgroup/memory', {
        'job/memory.limit_in_bytes': '4294967296',
        'job/memory.usage_in_bytes': '2147483648',
        'job/memory.stat': 'cache 1\ntotal_inactive_file 1073741824',
        'memory.limit_in_bytes': '9223372036854771712',
      }),
      ...below('sys/fs/cgroup/pids', { 'job/pids.max': '33', 'job/pids.current': '20', 'pids.max': 'max' }),
    });
    assert.deepEqual(host.limits.memory, {
      value: 4 * 2 ** 30,
      left: 3 * 2 ** 30,
      source: '/sys/fs/cgroup/memory/job/memory.limit_in_bytes',
    });
    assert.deepEqual(host.limits.pids, { value: 33, left: 13, source: '/sys/fs/cgroup/pids/job/pids.max' });
    assert.deepEqual(decided(host), { workers: 3, usable: 8, winner: 'pids', reserve: 1 });
    assert.equal(decided(host, { memoryPerWorker: 2 ** 30 * 1.5 }).winner, 'memory');
  });
});

describe('limits of version 2', () => {
  it('a quota and a cpuset', () => {
    const host = unified('/job', {
      'job/cpu.max': '150000 100000',
      'job/cpuset.cpus.effective': '2-5',
      'cpuset.cpus.effective': '0-7',
    });
    assert.deepEqual(host.limits.quota, { value: 1.5, source: '/sys/fs/cgroup/job/cpu.max' });
    assert.deepEqual(host.limits.cpuset, { value: [2, 3, 4, 5], source: '/sys/fs/cgroup/job/cpuset.cpus.effective' });
    assert.deepEqual(decided(host), { workers: 1, usable: 1, winner: 'quota', reserve: 0 });
  });

  it('nested groups: the tighter limit above, below, and beyond a `max` in the middle', () => {
    const quota = (outer: string, middle: string, inner: string) =>
      unified('/a/b/c', { 'a/cpu.max': outer, 'a/b/cpu.max': middle, 'a/b/c/cpu.max': inner }).limits.quota;
    assert.deepEqual(quota('200000 100000', '700000 100000', '400000 100000'), {
      value: 2,
      source: '/sys/fs/cgroup/a/cpu.max',
    });
    assert.deepEqual(quota('700000 100000', '400000 100000', '200000 100000'), {
      value: 2,
      source: '/sys/fs/cgroup/a/b/c/cpu.max',
    });
    assert.deepEqual(quota('200000 100000', 'max 100000', '400000 100000'), {
      value: 2,
      source: '/sys/fs/cgroup/a/cpu.max',
    });
    assert.deepEqual(quota('200000 100000', 'max 100000', 'max 100000'), {
      value: 2,
      source: '/sys/fs/cgroup/a/cpu.max',
    });
  });

  it('an empty cpu.max, a damaged one, and one without a period', () => {
    for (const text of ['', ' ', 'max', 'x 100000', '0 100000', '-5 100000', '100000 0', '150000 100000 7']) {
      assert.equal(unified('/job', { 'job/cpu.max': text }).limits.quota, null, JSON.stringify(text));
    }
    assert.equal(unified('/job', { 'job/cpu.max': '200000' }).limits.quota?.value, 2);
    assert.equal(unified('/a/job', { 'a/job/cpu.max': '', 'a/cpu.max': '300000 100000' }).limits.quota?.value, 3);
  });

  it('a quota under 1 CPU is kept as it is, and is one worker', () => {
    const host = unified('/job', { 'job/cpu.max': '25000 100000' });
    assert.equal(host.limits.quota?.value, 0.25);
    assert.deepEqual(decided(host), { workers: 1, usable: 1, winner: 'quota', reserve: 0 });
  });

  it('a quota above what there is limits nothing', () => {
    const host = unified('/job', { 'job/cpu.max': '3200000 100000' });
    assert.deepEqual(decided(host), { workers: 7, usable: 8, winner: 'online', reserve: 1 });
  });

  it("an empty cpuset file of the group: the parent's holds", () => {
    assert.deepEqual(
      unified('/a/b', { 'a/b/cpuset.cpus.effective': '', 'a/cpuset.cpus.effective': '6-7' }).limits.cpuset,
      { value: [6, 7], source: '/sys/fs/cgroup/a/cpuset.cpus.effective' },
    );
  });

  it('a path of more than 255 bytes, and one beyond PATH_MAX', () => {
    const long = Array.from({ length: 12 }, (_, i) => String(i).repeat(30).slice(0, 30)).join('/');
    const host = unified(`/${long}`, { [`${long}/cpu.max`]: '200000 100000' });
    assert.deepEqual(host.limits.quota, { value: 2, source: `/sys/fs/cgroup/${long}/cpu.max` });
    const longer = 'x'.repeat(200);
    const deep = unified(`/a${`/${longer}`.repeat(30)}`, { 'a/cpu.max': '200000 100000' });
    assert.deepEqual(deep.limits.quota, { value: 2, source: '/sys/fs/cgroup/a/cpu.max' });
  });

  it('memory and processes', () => {
    const host = unified('/a/job', {
      'a/job/memory.max': '8589934592',
      'a/job/memory.current': '1073741824',
      'a/memory.max': 'max',
      'a/job/memory.stat': 'anon 1\ninactive_file 0',
      'a/pids.max': '100',
      'a/pids.current': '95',
      'a/job/pids.max': 'max',
    });
    assert.deepEqual(host.limits.memory, {
      value: 8 * 2 ** 30,
      left: 7 * 2 ** 30,
      source: '/sys/fs/cgroup/a/job/memory.max',
    });
    assert.deepEqual(host.limits.pids, { value: 100, left: 5, source: '/sys/fs/cgroup/a/pids.max' });
    assert.deepEqual(decided(host, { memoryPerWorker: 2 ** 30 }).winner, 'pids');
  });
});

describe('limits seen from inside of a container', () => {
  it('a namespace of version 2: the group is the mount point', () => {
    assert.deepEqual(unified('/', { 'cpu.max': '400000 100000', 'cpuset.cpus.effective': '0-3' }).limits.quota, {
      value: 4,
      source: '/sys/fs/cgroup/cpu.max',
    });
  });

  it("a process that was moved out of the namespace's root (/../other): the mount point is all that can be seen", () => {
    assert.equal(unified('/../other', { 'cpu.max': '400000 100000' }).limits.quota?.value, 4);
  });

  it("version 1 without a namespace: the group's path is the host's, the mount holds just that group", () => {
    const mount = '32 31 0:29 /docker/4f /sys/fs/cgroup/cpu ro - cgroup cgroup rw,cpu';
    const host = limited(
      [mount],
      ['1:cpu:/docker/4f'],
      below('sys/fs/cgroup/cpu', { 'cpu.cfs_quota_us': '350000', 'cpu.cfs_period_us': '100000' }),
    );
    assert.deepEqual(host.limits.quota, { value: 3.5, source: '/sys/fs/cgroup/cpu/cpu.cfs_quota_us' });
  });

  it("another container's group that is mounted first is not ours", () => {
    const other = '29 22 0:26 /docker/other /var/other rw - cgroup2 cgroup2 rw';
    const host = limited([other, UNIFIED], ['0::/docker/ours'], {
      'var/other/cpu.max': '100000 100000',
      'sys/fs/cgroup/docker/ours/cpu.max': '500000 100000',
    });
    assert.deepEqual(host.limits.quota, { value: 5, source: '/sys/fs/cgroup/docker/ours/cpu.max' });
  });
});

describe('limits of both versions at once', () => {
  it('hybrid mounts: the controllers of version 1, and what version 2 has', () => {
    const files = {
      'sys/fs/cgroup/cpu,cpuacct/job/cpu.cfs_quota_us': '600000',
      'sys/fs/cgroup/cpu,cpuacct/job/cpu.cfs_period_us': '100000',
      'sys/fs/cgroup/unified/slice/pids.max': '40',
      'sys/fs/cgroup/unified/slice/pids.current': '1',
      'sys/fs/cgroup/cpuset/job/cpuset.cpus': '0-4',
    };
    const { limits } = limited(
      [CPU1, CPUSET1, HYBRID],
      ['4:cpu,cpuacct:/job', '3:cpuset:/job', '1:name=systemd:/slice', '0::/slice'],
      files,
    );
    assert.equal(limits.quota?.value, 6);
    assert.equal(limits.pids?.source, '/sys/fs/cgroup/unified/slice/pids.max');
    assert.deepEqual(limits.cpuset?.value, [0, 1, 2, 3, 4]);
  });
});

describe('limits of the process', () => {
  it('RLIMIT_NPROC, and unlimited', () => {
    const limits = (soft: string) => ({
      'proc/self/limits': `Limit  Soft Limit  Hard Limit  Units\nMax processes             ${soft}                 4096                 processes`,
    });
    assert.deepEqual(limited([], [], limits('13')).limits.pids, { value: 13, source: 'RLIMIT_NPROC', left: null });
    assert.equal(limited([], [], limits('unlimited')).limits.pids, null);
    assert.deepEqual(decided(limited([], [], limits('13'))), { workers: 3, usable: 8, winner: 'pids', reserve: 1 });
  });

  it('an affinity', () => {
    const host = limited([], [], { 'proc/self/status': 'Name:\tx\nCpus_allowed:\t0f' });
    assert.deepEqual(host.limits.affinity?.value, [0, 1, 2, 3]);
    assert.deepEqual(decided(host), { workers: 4, usable: 4, winner: 'allowed', reserve: 0 });
  });
});

describe('a weight is told, and not obeyed', () => {
  it('of version 2, of a group or of one above it, the least', () => {
    const host = unified('/a/b', { 'a/b/cpu.weight': '100', 'a/cpu.weight': '20', 'cpu.weight': '50' });
    assert.deepEqual(host.limits.weight, { value: 20, usual: 100, source: '/sys/fs/cgroup/a/cpu.weight' });
    assert.deepEqual(decided(host), { workers: 7, usable: 8, winner: 'online', reserve: 1 });
  });

  it('of version 1', () => {
    const host = limited(
      [CPU1],
      ['4:cpu,cpuacct:/job'],
      below('sys/fs/cgroup/cpu,cpuacct', { 'job/cpu.shares': '2048', 'cpu.shares': '1024' }),
    );
    assert.deepEqual(host.limits.weight, {
      value: 2048,
      usual: 1024,
      source: '/sys/fs/cgroup/cpu,cpuacct/job/cpu.shares',
    });
  });

  it('the usual one is no news', () => assert.equal(unified('/a', { 'a/cpu.weight': '100' }).limits.weight, null));
});
