import assert from 'node:assert/strict';
import fc from 'fast-check';
import { computeBudget, gibibytes, MOST_WORKERS, type BudgetOptions } from '../../../lib/core/budget/budget.js';
import { GIB, HOSTS, madeHost, SOURCES } from '../../helpers/machine/hosts.js';
import { anyHost, badInputError, holds } from '../../helpers/property.js';

const { smt12 } = HOSTS;
const shapeOf = (...args: Parameters<typeof computeBudget>) => {
  const { workers, threadsPerWorker, usable, reserve, winner } = computeBudget(...args);
  return { workers, threadsPerWorker, usable, reserve: reserve.cpus, winner };
};

describe('budget: by default one worker with one thread per usable CPU, minus the reserve', () => {
  const rules: [string, keyof typeof HOSTS, ReturnType<typeof shapeOf>][] = [
    [
      'one CPU has one worker all the same',
      'oneCpu',
      { workers: 1, threadsPerWorker: 1, usable: 1, reserve: 1, winner: 'online' },
    ],
    [
      'two CPUs: one worker, one CPU in reserve',
      'twoCpus',
      { workers: 1, threadsPerWorker: 1, usable: 2, reserve: 1, winner: 'online' },
    ],
    [
      '12 CPUs with SMT: 11 workers',
      'smt12',
      { workers: 11, threadsPerWorker: 1, usable: 12, reserve: 1, winner: 'online' },
    ],
    ['64 CPUs: 63 workers', 'numa64', { workers: 63, threadsPerWorker: 1, usable: 64, reserve: 1, winner: 'online' }],
    [
      'a hybrid of 8 CPUs: 7 workers',
      'hybrid',
      { workers: 7, threadsPerWorker: 1, usable: 8, reserve: 1, winner: 'online' },
    ],
    [
      '1.5 CPUs of quota: one worker, no reserve',
      'quota1500m',
      { workers: 1, threadsPerWorker: 1, usable: 1, reserve: 0, winner: 'quota' },
    ],
    [
      'a cpuset of 4 out of 12: 4 workers, no reserve',
      'cpuset4of12',
      { workers: 4, threadsPerWorker: 1, usable: 4, reserve: 0, winner: 'allowed' },
    ],
    [
      'a memory limit does not limit workers whose need is not told',
      'memoryLimited',
      { workers: 11, threadsPerWorker: 1, usable: 12, reserve: 1, winner: 'online' },
    ],
    [
      'everything at once: the quota of 5.5 is the tightest',
      'everything',
      { workers: 5, threadsPerWorker: 1, usable: 5, reserve: 0, winner: 'quota' },
    ],
  ];
  for (const [rule, host, expected] of rules) it(rule, () => assert.deepEqual(shapeOf(HOSTS[host]), expected));

  it('a quota under one CPU is one worker', () => {
    assert.deepEqual(shapeOf(madeHost({ cores: 4, quota: 0.25 })), {
      workers: 1,
      threadsPerWorker: 1,
      usable: 1,
      reserve: 0,
      winner: 'quota',
    });
  });
  it('a quota above the CPUs limits nothing', () => {
    assert.deepEqual(shapeOf(madeHost({ cores: 4, quota: 16 })), {
      workers: 3,
      threadsPerWorker: 1,
      usable: 4,
      reserve: 1,
      winner: 'online',
    });
  });
  it('offline CPUs do not count, and do not replace the reserve', () => {
    assert.deepEqual(shapeOf(madeHost({ cores: 8, offline: '4-7' })), {
      workers: 3,
      threadsPerWorker: 1,
      usable: 4,
      reserve: 1,
      winner: 'online',
    });
  });
});

describe('budget: the reserve', () => {
  it('is one CPU for the OS and the parent on a whole machine', () => {
    assert.deepEqual(computeBudget(smt12).reserve, { cpus: 1, reason: 'for the OS and the parent' });
  });
  it('is 0 if a cpuset or a quota leaves a CPU to others, and says so', () => {
    assert.deepEqual(computeBudget(HOSTS.cpuset4of12).reserve, {
      cpus: 0,
      reason: '8 of 12 online CPUs are left to others anyway',
    });
    assert.deepEqual(computeBudget(HOSTS.quota1500m).reserve, {
      cpus: 0,
      reason: '11 of 12 online CPUs are left to others anyway',
    });
  });
  it('is the requested number otherwise', () => {
    assert.deepEqual(computeBudget(smt12, { reserve: 4 }).reserve, { cpus: 4, reason: 'as requested' });
    assert.equal(computeBudget(smt12, { reserve: 4 }).workers, 8);
    assert.equal(computeBudget(smt12, { reserve: 0 }).workers, 12);
    assert.equal(computeBudget(HOSTS.cpuset4of12, { reserve: 1 }).workers, 3);
  });
  it('leaves one worker even if it covers all CPUs', () =>
    assert.equal(computeBudget(smt12, { reserve: 40 }).workers, 1));
  it('is 0 for workers on cores too, if others have an SMT sibling or CPU time', () => {
    const missing = madeHost({ cores: 6, threads: 2, cpuset: '0-10' });
    assert.deepEqual(shapeOf(missing, { physical: true }), {
      workers: 6,
      threadsPerWorker: 1,
      usable: 6,
      reserve: 0,
      winner: 'online',
    });
    assert.equal(computeBudget(madeHost({ cores: 6, threads: 2, quota: 8 }), { physical: true }).reserve.cpus, 0);
  });
});

describe('budget: requested workers and threads', () => {
  const threads = (workers: number, options: BudgetOptions = {}) =>
    computeBudget(smt12, { workers, ...options }).threadsPerWorker;

  it('--workers divides what the reserve leaves: 11 CPUs by N, at least one thread each', () => {
    assert.deepEqual(
      [1, 2, 3, 4, 5, 6, 11, 12, 24].map(workers => threads(workers)),
      [11, 5, 3, 2, 2, 1, 1, 1, 1],
    );
  });
  it('--workers wins whatever the CPUs, and is reported as the limit that decided', () => {
    assert.deepEqual(shapeOf(smt12, { workers: 24 }), {
      workers: 24,
      threadsPerWorker: 1,
      usable: 12,
      reserve: 1,
      winner: 'workers',
    });
  });
  it('--threads-per-worker wins over the share', () => assert.equal(threads(4, { threadsPerWorker: 7 }), 7));
  it('--threads-per-worker without --workers: as many workers as fit', () => {
    assert.deepEqual(
      [1, 2, 3, 4, 6, 11, 12, 40].map(threadsPerWorker => computeBudget(smt12, { threadsPerWorker }).workers),
      [11, 5, 3, 2, 1, 1, 1, 1],
    );
    assert.equal(computeBudget(HOSTS.cpuset4of12, { threadsPerWorker: 2 }).workers, 2);
  });
  it('--physical counts cores', () => {
    assert.deepEqual(shapeOf(smt12, { physical: true }), {
      workers: 5,
      threadsPerWorker: 1,
      usable: 6,
      reserve: 1,
      winner: 'online',
    });
    assert.equal(computeBudget(HOSTS.cpuset4of12, { physical: true }).workers, 4, 'CPUs 0-3 are four cores');
    assert.equal(
      computeBudget(madeHost({ cores: 6, threads: 2, siblings: 'adjacent', cpuset: '0-3' }), { physical: true })
        .workers,
      2,
    );
  });
});

describe('budget: memory', () => {
  it('limits the workers to those that fit into the available memory', () => {
    const budget = computeBudget(smt12, { memoryPerWorker: 8 * GIB });
    assert.deepEqual([budget.workers, budget.memoryWorkers, budget.cpuWorkers, budget.winner], [3, 3, 11, 'memory']);
    assert.deepEqual(
      budget.limits.find(limit => limit.name === 'memory'),
      {
        name: 'memory',
        workers: 3,
        found: '26.5GB available, 8.0GB per worker',
        source: '/proc/meminfo MemAvailable',
      },
    );
  });
  it('is what is left in the control group, if that is less', () => {
    const budget = computeBudget(HOSTS.memoryLimited, { memoryPerWorker: 2 * GIB });
    assert.equal(budget.workers, 3);
    assert.equal(budget.limits.find(limit => limit.name === 'memory')!.source, SOURCES.memory);
  });
  it('is the limit itself if the rest is unknown', () => {
    assert.equal(
      computeBudget(madeHost({ cores: 12, memoryLimit: { value: 8 * GIB, left: null } }), { memoryPerWorker: 2 * GIB })
        .workers,
      4,
    );
  });
  it('leaves one worker if not even one fits', () =>
    assert.equal(computeBudget(smt12, { memoryPerWorker: 100 * GIB }).workers, 1));
  it('is no limit if it is unknown', () =>
    assert.equal(computeBudget(HOSTS.numa64, { memoryPerWorker: GIB }).workers, 63));
});

describe('budget: processes and threads that can start', () => {
  it('limit the workers by their threads, with 10 kept for parents and helpers', () => {
    const host = madeHost({ cores: 12, pids: { value: 50, left: 30 } });
    assert.deepEqual(
      [computeBudget(host).workers, computeBudget(madeHost({ cores: 12, pids: { value: 50, left: 15 } })).workers],
      [11, 5],
    );
    assert.deepEqual(
      computeBudget(madeHost({ cores: 64, pids: { value: 50, left: 30 } }), { threadsPerWorker: 3 }).limits.at(-1),
      { name: 'pids', workers: 6, found: '30 more threads can start', source: SOURCES.pids },
    );
  });
});

describe('budget: reports every limit and the one that decided', () => {
  it('on a machine with all limits', () => {
    const { limits, winner } = computeBudget(HOSTS.everything, { memoryPerWorker: GIB });
    assert.deepEqual(limits, [
      { name: 'online', workers: 11, found: '11 CPUs online', source: 'sysfs cpu/online' },
      { name: 'allowed', workers: 7, found: '7 of 11 allowed', source: SOURCES.affinity },
      { name: 'quota', workers: 5, found: '5.5 CPUs of time', source: SOURCES.quota },
      { name: 'memory', workers: 6, found: '6.0GB available, 1.0GB per worker', source: SOURCES.memory },
      { name: 'pids', workers: 50, found: '60 more threads can start', source: SOURCES.pids },
    ]);
    assert.equal(winner, 'quota');
  });
  it('names the cpuset if that limits the CPUs', () => {
    assert.equal(
      computeBudget(HOSTS.cpuset4of12).limits.find(limit => limit.name === 'allowed')!.source,
      SOURCES.cpuset,
    );
  });
  it('omits limits that do not exist', () =>
    assert.deepEqual(
      computeBudget(smt12).limits.map(limit => limit.name),
      ['online'],
    ));
});

describe('budget: the threads to expect', () => {
  it('are the computing threads, and 5 to 10 more', () => {
    assert.deepEqual(computeBudget(smt12).expected, { threadsPerWorker: 1, compute: 11, low: 16, high: 21 });
    assert.deepEqual(computeBudget(smt12, { workers: 5 }).expected, {
      threadsPerWorker: 2,
      compute: 10,
      low: 15,
      high: 20,
    });
  });
  it("include the user's own value, because it stays", () => {
    assert.deepEqual(computeBudget(smt12, {}, { OPENBLAS_NUM_THREADS: '5' }).expected, {
      threadsPerWorker: 5,
      compute: 55,
      low: 60,
      high: 65,
    });
  });

  const ungoverned: [string, Record<string, string | undefined>, number, string | null][] = [
    ['nothing is set: each worker takes every CPU', {}, 133, null],
    ['OMP_NUM_THREADS=5', { OMP_NUM_THREADS: '5' }, 56, 'OMP_NUM_THREADS'],
    ['the list form OMP_NUM_THREADS=4,2 counts 4', { OMP_NUM_THREADS: '4,2' }, 45, 'OMP_NUM_THREADS'],
    [
      "OpenBLAS's own variable comes first",
      { OMP_NUM_THREADS: '5', OPENBLAS_NUM_THREADS: '2' },
      23,
      'OPENBLAS_NUM_THREADS',
    ],
    ['an empty value counts as unset', { OMP_NUM_THREADS: '' }, 133, null],
    ['what is no number is ignored', { OMP_NUM_THREADS: 'all', OPENBLAS_NUM_THREADS: '-3' }, 133, null],
  ];
  for (const [name, environment, threads, variable] of ungoverned) {
    it(`ungoverned, ${name}`, () => {
      const budget = computeBudget(smt12, {}, environment);
      assert.equal(budget.ungoverned.threads, threads);
      assert.equal(budget.ungoverned.libraries[0]!.variable, variable);
    });
  }
  it("use every CPU for a user's value that OpenBLAS ignores, because it stays too", () => {
    assert.equal(
      computeBudget(smt12, {}, { OMP_NUM_THREADS: 'all', OPENBLAS_NUM_THREADS: '-3' }).expected.threadsPerWorker,
      12,
    );
    assert.equal(computeBudget(smt12, {}, { OMP_NUM_THREADS: 'all' }).expected.threadsPerWorker, 1);
  });
  it('ungoverned libraries see the allowed CPUs, not the quota', () => {
    assert.equal(computeBudget(HOSTS.cpuset4of12).ungoverned.threads, 4 * 4 + 1);
    assert.equal(computeBudget(HOSTS.quota1500m).ungoverned.threads, 12 + 1);
  });
});

describe('budget: rejects invalid numbers in one line', () => {
  const refused: [BudgetOptions, RegExp][] = [
    [{ workers: 0 }, /^invalid workers 0: expected an integer from 1 to 65536$/],
    [{ workers: 1.5 }, /^invalid workers 1.5:/],
    [{ workers: -1 }, /^invalid workers -1:/],
    [{ workers: NaN }, /^invalid workers /],
    [{ workers: MOST_WORKERS + 1 }, /^invalid workers 65537:/],
    [{ threadsPerWorker: 0 }, /^invalid threadsPerWorker 0: expected an integer from 1/],
    [{ reserve: -1 }, /^invalid reserve -1: expected an integer from 0/],
    [{ memoryPerWorker: 0 }, /^invalid memoryPerWorker 0: expected bytes, at least 1$/],
    [{ memoryPerWorker: Infinity }, /^invalid memoryPerWorker /],
    [{ workers: '4\n' as unknown as number }, /^invalid workers "4\\n":/],
  ];
  for (const [options, text] of refused) {
    it(String(text), () => assert.throws(() => computeBudget(smt12, options), badInputError(text)));
  }
});

describe('budget: on any machine', () => {
  it('has at least one worker, and by default never more threads than usable CPUs', () => {
    holds(
      [anyHost, fc.option(fc.integer({ min: 1, max: 9 }), { nil: undefined }), fc.boolean()],
      (host, threadsPerWorker, physical) => {
        const budget = computeBudget(host, { threadsPerWorker, physical });
        assert.ok(budget.workers >= 1);
        assert.ok(
          budget.workers === 1 || budget.workers * budget.threadsPerWorker <= budget.usable - budget.reserve.cpus,
        );
        assert.equal(budget.workers, Math.min(...budget.limits.map(limit => limit.workers)));
        assert.equal(budget.workers, budget.limits.find(limit => limit.name === budget.winner)!.workers);
      },
    );
  });
  it('gives N workers at least one thread, and more only if there are CPUs for them', () => {
    holds([anyHost, fc.integer({ min: 1, max: 100 })], (host, workers) => {
      const { threadsPerWorker, usable, reserve } = computeBudget(host, { workers });
      assert.ok(threadsPerWorker >= 1);
      assert.ok(threadsPerWorker === 1 || workers * threadsPerWorker <= usable - reserve.cpus);
    });
  });
});

describe('sizes as text', () => {
  it('have one decimal, in GiB from a tenth of one', () => {
    assert.deepEqual([31.44 * GIB, GIB / 10, GIB / 16, 0].map(gibibytes), ['31.4GB', '0.1GB', '64.0MB', '0.0MB']);
  });
});
