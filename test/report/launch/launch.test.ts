import assert from 'node:assert/strict';
import { planUnclaimed } from '../../../lib/core/launch/launch-plan.js';
import type { RankFailure } from '../../../lib/core/launch/lifecycle.js';
import {
  bindings,
  exitText,
  formatDrift,
  formatFailures,
  formatPlan,
  formatVerification,
} from '../../../lib/report/launch/launch.js';
import { HOSTS, madeHost } from '../../helpers/machine/hosts.js';

describe('the picture of a place', () => {
  const twoPackages = madeHost({ packages: 2, cores: 4, threads: 2, siblings: 'adjacent' });

  it('brackets for each package, a slash between cores, a letter for each CPU', () => {
    assert.equal(bindings(twoPackages, [0, 1]), '[BB/..][../..]');
    assert.equal(bindings(twoPackages, [1, 6]), '[.B/..][../B.]');
    assert.equal(bindings(HOSTS.twoCpus, []), '[./.]');
  });
  it('shows siblings with distant numbers side by side', () =>
    assert.equal(bindings(HOSTS.smt12, [0, 6]), '[BB/../../../../..]'));
  it('omits offline CPUs', () => assert.equal(bindings(madeHost({ cores: 3, offline: '1' }), [2]), '[./B]'));
});

describe('the text of a plan', () => {
  it("the CPUs of each rank, the common variables, and each rank's own", () => {
    const host = madeHost({ packages: 2, cores: 2 });
    const plan = planUnclaimed(host, { workers: 2 }, { OMP_NUM_THREADS: '1' }, null, [0, 1]);
    const lines = formatPlan(plan).split('\n');
    assert.deepEqual(lines.slice(0, 4), [
      'rank 0: CPU 0, memory of NUMA node 0 [B][.]',
      'rank 1: CPU 1, memory of NUMA node 1 [.][B]',
      '',
      'Every rank:',
    ]);
    assert.ok(lines.includes('  WORLD_SIZE=2'));
    assert.deepEqual(lines.slice(-2), [
      'Rank 0: RANK=0 LOCAL_RANK=0 GOVERNOR_CPUS=0',
      'Rank 1: RANK=1 LOCAL_RANK=1 GOVERNOR_CPUS=1',
    ]);
  });
});

describe('the text of a verification', () => {
  it('all is as planned, or what is not', () => {
    assert.equal(
      formatVerification({ ranks: 2, threads: 9, computing: 2, sharing: false, drifts: [] }),
      "2 ranks, 9 threads, 2 computing; every thread is in its rank's place, and no two ranks share a place",
    );
    assert.equal(
      formatVerification({ ranks: 2, threads: 2, computing: 2, sharing: true, drifts: [] }),
      '2 ranks, 2 threads, 2 computing; ' +
        "every thread is in its rank's place; ranks share CPUs, because there are too few",
    );
    assert.equal(
      formatVerification({
        ranks: 1,
        threads: 1,
        computing: 0,
        sharing: false,
        drifts: [{ kind: 'place-twice', ranks: [0, 1], cpus: [1] }],
      }),
      '1 rank, 1 thread, 0 computing; not as planned:',
    );
  });
  it('one line for each drift', () => {
    assert.match(
      formatDrift({ kind: 'outside-place', rank: 1, place: [1], affinity: [0, 1], tids: [7] }),
      /^rank 1 has 1 thread outside its place 1: allowed on 0-1 /,
    );
    assert.match(
      formatDrift({ kind: 'place-lost', rank: 1, place: [1, 2], lost: [2] }),
      /^rank 1: CPU 2 of its place 1-2 is offline/,
    );
    assert.match(
      formatDrift({ kind: 'place-lost', rank: 1, place: [1, 2], lost: [1, 2] }),
      /^rank 1: CPUs 1-2 of its place 1-2 are offline/,
    );
    assert.equal(
      formatDrift({ kind: 'place-twice', ranks: [0, 2], cpus: [3, 4] }),
      'ranks 0 and 2 overlap on CPUs 3-4',
    );
    assert.match(
      formatDrift({ kind: 'too-many-threads', rank: 0, computing: 8, budgeted: 1 }),
      /^rank 0 computes with 8 threads, budgeted 1/,
    );
  });
});

const refused = (errno: number) => `errno ${errno}`;

describe('the text of failures', () => {
  const failure = (rank: number, rest: Partial<RankFailure> = {}): RankFailure => ({
    rank,
    exit: { code: 7, signal: null },
    errno: null,
    syscall: null,
    at: 1.24,
    ...rest,
  });

  it('null if no rank failed', () => assert.equal(formatFailures([], 4, true, refused), null));
  it('which rank, how and when, and what happened to the others', () => {
    assert.equal(
      formatFailures([failure(2), failure(0)], 4, true, refused),
      'rank 2 ended with exit status 7 after 1.2 s; the other 3 were terminated',
    );
    assert.equal(
      formatFailures([failure(1)], 2, true, refused),
      'rank 1 ended with exit status 7 after 1.2 s; the other was terminated',
    );
    assert.equal(formatFailures([failure(0)], 1, true, refused), 'rank 0 ended with exit status 7 after 1.2 s');
  });
  it('how many more failed, if the others went on', () => {
    assert.equal(
      formatFailures([failure(2), failure(0)], 4, false, refused),
      'rank 2 ended with exit status 7 after 1.2 s; 1 more failed',
    );
    assert.equal(formatFailures([failure(2)], 4, false, refused), 'rank 2 ended with exit status 7 after 1.2 s');
  });
  it('a signal by its name; a program that could not be started', () => {
    assert.equal(exitText({ code: null, signal: 'SIGSEGV' }), 'SIGSEGV');
    assert.equal(
      formatFailures([failure(0, { exit: null, errno: 13, syscall: 'execve' })], 1, true, refused),
      'rank 0 could not be started after 1.2 s: errno 13',
    );
  });
});
