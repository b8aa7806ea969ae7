import assert from 'node:assert/strict';
import { computeBudget, type BudgetOptions } from '../../../lib/core/budget/budget.js';
import type { Host } from '../../../lib/core/machine/host.js';
import { formatBanner } from '../../../lib/report/budget/banner.js';
import { GIB, HOSTS, madeHost } from '../../helpers/machine/hosts.js';

const TAG = '[HW AUTO-DETECT] ';

function lines(
  host: Host,
  options: BudgetOptions = {},
  environment: Record<string, string> = {},
  gpus: string[] = [],
): string[] {
  return formatBanner(host, computeBudget(host, options, environment), { memory: host.memory, gpus }).split('\n');
}

/** The line with this start, without it. */
function line(beginning: string, ...args: Parameters<typeof lines>): string | undefined {
  return lines(...args)
    .find(text => text.startsWith(TAG + beginning))
    ?.slice((TAG + beginning).length);
}

describe('banner: 12 CPUs of 6 cores, 31.4 GiB of which 26.5 are available, OMP_NUM_THREADS=5', () => {
  it('is exactly this text', () => {
    assert.equal(
      lines(HOSTS.smt12, {}, { OMP_NUM_THREADS: '5' }).join('\n'),
      `
======================================================================
[HW AUTO-DETECT] Physical Cores: 6 | Logical Cores: 12
[HW AUTO-DETECT] Worker Processes: 11 x BLAS Threads: 1 = ~11 compute threads
[HW AUTO-DETECT] Thread Strategy: Single-threaded BLAS (prevents N_workers x N_threads explosion)
[HW AUTO-DETECT] Total RAM: 31.4GB | Available: 26.5GB (15.8% used)
[HW AUTO-DETECT] GPU: None detected
[HW AUTO-DETECT] Expected total threads: ~16-21 (vs 56 ungoverned)
======================================================================`.slice(1),
    );
  });
});

describe('banner: the limit that decided has its own line', () => {
  const limit = (host: Host, options?: BudgetOptions) => line('Limited by ', host, options);

  it('none on a whole machine, or if the number of workers was requested', () => {
    assert.equal(limit(HOSTS.smt12), undefined);
    assert.equal(limit(HOSTS.quota1500m, { workers: 3 }), undefined);
  });
  it('a quota', () =>
    assert.equal(limit(HOSTS.quota1500m), 'CPU quota: 1.5 CPUs of time (/sys/fs/cgroup/job/cpu.max)'));
  it('a cpuset', () =>
    assert.equal(limit(HOSTS.cpuset4of12), 'cpuset: 4 of 12 allowed (/sys/fs/cgroup/job/cpuset.cpus.effective)'));
  it('memory', () => {
    assert.equal(
      limit(HOSTS.memoryLimited, { memoryPerWorker: 2 * GIB }),
      'memory: 6.0GB available, 2.0GB per worker (/sys/fs/cgroup/job/memory.max)',
    );
    assert.equal(
      limit(HOSTS.smt12, { memoryPerWorker: 4 * GIB }),
      'memory: 26.5GB available, 4.0GB per worker (/proc/meminfo MemAvailable)',
    );
  });
  it('processes', () => {
    assert.equal(
      limit(madeHost({ cores: 8, pids: { value: 20, left: 14 } })),
      'process limit: 14 more threads can start (/sys/fs/cgroup/job/pids.max)',
    );
  });
  it("comes second, after the machine's CPUs", () => {
    assert.deepEqual(lines(HOSTS.quota1500m).slice(1, 4), [
      `${TAG}Physical Cores: 6 | Logical Cores: 12`,
      `${TAG}Limited by CPU quota: 1.5 CPUs of time (/sys/fs/cgroup/job/cpu.max)`,
      `${TAG}Worker Processes: 1 x BLAS Threads: 1 = ~1 compute threads`,
    ]);
  });
  it('its source never reaches the terminal raw', () => {
    const host = madeHost({ cores: 4, quota: 1 });
    host.limits.quota!.source = '/sys/fs/cgroup/\u001b[2J\n/cpu.max';
    assert.equal(limit(host), 'CPU quota: 1 CPU of time (/sys/fs/cgroup/\\x1b[2J\\x0a/cpu.max)');
  });
});

describe('banner: threads', () => {
  it('several per worker', () => {
    assert.equal(line('Worker Processes: ', HOSTS.smt12, { workers: 4 }), '4 x BLAS Threads: 2 = ~8 compute threads');
    assert.equal(
      line('Thread Strategy: ', HOSTS.smt12, { workers: 4 }),
      '2-threaded BLAS (4 x 2 = 8 threads on 12 usable CPUs)',
    );
    assert.equal(line('Expected total threads: ', HOSTS.smt12, { workers: 4 }), '~13-18 (vs 49 ungoverned)');
  });
  it("as many as the user's own value, which stays", () => {
    const own = { OPENBLAS_NUM_THREADS: '5' };
    assert.equal(line('Worker Processes: ', HOSTS.smt12, {}, own), '11 x BLAS Threads: 5 = ~55 compute threads');
    assert.equal(
      line('Thread Strategy: ', HOSTS.quota1500m, {}, own),
      '5-threaded BLAS (1 x 5 = 5 threads on 1 usable CPU)',
    );
  });
});

describe('banner: memory and GPUs', () => {
  it('unknown memory', () => {
    assert.equal(line('Total RAM: ', HOSTS.twoCpus), 'unknown');
    assert.equal(line('Total RAM: ', madeHost({ memory: { total: 8 * GIB, available: null } })), '8.0GB');
  });
  it('GPUs by name, equal ones counted', () => {
    assert.equal(line('GPU: ', HOSTS.smt12, {}, {}, ['A100']), 'A100');
    assert.equal(line('GPU: ', HOSTS.smt12, {}, {}, ['A100', 'UHD 630', 'A100']), '2 x A100, UHD 630');
    assert.equal(line('GPU: ', HOSTS.smt12, {}, {}, ['A\u001b100']), 'A\\x1b100');
  });
  it('offline CPUs are not counted', () => {
    assert.equal(line('Physical Cores: ', madeHost({ cores: 4, threads: 2, offline: '3,7' })), '3 | Logical Cores: 6');
  });
});
