import assert from 'node:assert/strict';
import { needOf as neededBy } from '../../../../lib/core/audit/levers/need.js';
import { shareCpus } from '../../../../lib/core/audit/levers/share-cpus.js';
import { madeProcess, madeWorkers, type MadeThread } from '../../../helpers/audit/audited.js';

/** A thread that never sleeps while `per` threads share each CPU. */
const busy = (per = 1): MadeThread => ({ run: 1 / per, wait: 1 - 1 / per });
const shares = (cpus: number, ...processes: ReturnType<typeof madeProcess>[]) => {
  const { start, threads } = shareCpus(processes, cpus, true);
  return [start, threads];
};
const workers = (count: number, threads: MadeThread[]) => madeWorkers(count, () => ({ threads }));

describe('sharing the CPUs: one process', () => {
  it('gets them all', () => assert.deepEqual(shares(8, madeProcess({ threads: [busy()] })), [1, 8]));
  it('gets what limited CPU time allows, at least one thread', () => {
    assert.deepEqual(shares(1.5, madeProcess({ threads: [busy()] })), [1, 1]);
    assert.deepEqual(shares(0.5, madeProcess({ threads: [busy()] })), [1, 1]);
  });
  it('gets no more than it is confined to', () => {
    assert.deepEqual(shares(8, madeProcess({ threads: [{ ...busy(), cpus: '0-1' }] })), [1, 2]);
  });
  it('leaves the CPUs that its workers use', () => {
    const loaders = workers(2, [{ run: 0.9, wait: 0.05 }]);
    assert.deepEqual(shares(8, madeProcess({ threads: [busy(), busy(), busy()] }), ...loaders), [1, 6]);
  });
  it('and those that sleep leave it all', () => {
    assert.deepEqual(shares(8, madeProcess({ threads: [busy()] }), ...workers(4, [{ run: 0.05 }])), [1, 8]);
  });
});

describe('sharing the CPUs: workers', () => {
  const parent = madeProcess();
  it('that fit are as many as before, with the CPUs divided among them', () => {
    assert.deepEqual(shares(8, parent, ...workers(2, [busy(2), busy(2)])), [2, 4]);
    assert.deepEqual(shares(8, parent, ...workers(3, [busy(2), busy(2)])), [3, 2]);
  });
  it('that are too many by themselves are to be as many as CPUs', () => {
    assert.deepEqual(shares(2, parent, ...workers(8, [busy(4)])), [2, 1]);
    assert.deepEqual(shares(12, parent, ...workers(64, [busy(6)])), [12, 1]);
    assert.deepEqual(shares(1.5, parent, ...workers(8, [busy(4)])), [1, 1]);
  });
  it('that are a few more than CPUs stay', () => {
    assert.deepEqual(shares(12, parent, ...workers(13, [busy(13 / 12)])), [13, 1]);
  });
  it('that are too many, each with threads, are to be fewer, with one thread each', () => {
    assert.deepEqual(shares(2, parent, ...workers(4, [busy(4), busy(4)])), [2, 1]);
  });
  it('that wait for files are to be more than CPUs', () => {
    // Each computes for 0.4 of its time if it need not wait for a CPU: 5 of them fill 2 CPUs.
    assert.deepEqual(shares(2, parent, ...workers(8, [{ run: 0.25, wait: 0.375 }])), [5, 1]);
  });
  it('count with what they have started: a compiler waits for the program that computes', () => {
    const drivers = madeWorkers(8);
    const compilers = drivers.map(({ pid }, i) =>
      madeProcess({ pid: 5000 + i, ppid: pid, role: 'other', threads: [busy(4)] }),
    );
    assert.deepEqual(shares(2, parent, ...drivers, ...compilers), [2, 1]);
  });
  it('that follow each other count as workers of their whole life', () => {
    const jobs = madeWorkers(8, i => ({ threads: [{ run: 0.1, wait: 0.4, present: 0.5 + i / 100 }] }));
    assert.deepEqual(shares(2, parent, ...jobs), [2, 1]);
  });
  it('count together if a separate shell started each of them', () => {
    const shells = [1, 2, 3, 4].map(i => madeProcess({ pid: 500 + i, ppid: 100, role: 'other', command: 'sh' }));
    const jobs = shells.map(({ pid }) =>
      madeProcess({ pid: pid + 100, ppid: pid, role: 'worker', command: 'gzip', threads: [busy(2)] }),
    );
    assert.deepEqual(shares(2, parent, ...shells, ...jobs), [2, 1]);
  });
  it('leave a CPU to a parent that computes too', () => {
    assert.deepEqual(shares(4, madeProcess({ threads: [busy(2)] }), ...workers(8, [busy(2)])), [3, 1]);
  });
  it('count by the usual one: some of them may just be starting', () => {
    const starting = madeWorkers(8, i => ({ threads: [i < 6 ? busy(4) : { run: 0.02 }] }));
    assert.deepEqual(shares(2, parent, ...starting), [2, 1]);
  });
});

describe('sharing the CPUs: what a thread needs', () => {
  const needOf = (use: { run: number; wait: number; present?: number }) => neededBy({ present: 1, ...use });

  it('is a CPU if it never sleeps, however little it gets', () => assert.equal(needOf({ run: 0.1, wait: 0.85 }), 1));
  it('is what it needed of the window if it did not exist for all of it', () => {
    assert.equal(needOf({ run: 0.1, wait: 0.28, present: 0.4 }), 0.4);
    assert.equal(needOf({ run: 0.25, wait: 0, present: 0.5 }), 0.25);
    assert.equal(needOf({ run: 0.125, wait: 0.25, present: 0.5 }), 0.25);
  });
  it('is in proportion to its sleep otherwise', () => {
    assert.equal(needOf({ run: 0.4, wait: 0 }), 0.4);
    assert.equal(needOf({ run: 0.2, wait: 0.5 }), 0.4);
    assert.equal(needOf({ run: 0, wait: 0 }), 0);
  });
});
