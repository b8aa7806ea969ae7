import assert from 'node:assert/strict';
import { computeBudget } from '../../../lib/core/budget/budget.js';
import { GIB, HOSTS, madeHost, SOURCES } from '../../helpers/machine/hosts.js';

const { smt12 } = HOSTS;

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
