import assert from 'node:assert/strict';
import fc from 'fast-check';
import { computeBudget, gibibytes, MOST_WORKERS, type BudgetOptions } from '../../../lib/core/budget/budget.js';
import { GIB, HOSTS, madeHost } from '../../helpers/machine/hosts.js';
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
