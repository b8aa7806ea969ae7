import assert from 'node:assert/strict';
import { outcomeOf } from '../../../lib/core/resize/outcome.js';
import type { ChangedPoolsRecord, LivePoolRecord, PoolsRecord } from '../../../lib/core/resize/records.js';
import { madeProcess } from '../../helpers/audit/audited.js';

const POOL: LivePoolRecord = {
  kind: 0,
  module: '/lib/libopenblas.so',
  address: 8,
  width: 4,
  tid: 0,
  threads: 4,
  most: 4,
};
const EACCES = 13;
const ESTALE = 116;
const ESRCH = 3;

const pools = (threads: number, denied = 0): PoolsRecord => ({
  pid: 1,
  denied,
  truncated: '',
  pools: denied === 0 ? [{ ...POOL, threads }] : [],
});

/** What is said of a process whose pool was to get one thread. */
function outcome(changed: Omit<ChangedPoolsRecord, 'pid'> | null, after: PoolsRecord | null) {
  const { pid, startTime, command, commandLine, ppid } = madeProcess({});
  const process = { pid, startTime, comm: command, commandLine, ppid, executable: '', clusterWorker: false };
  const record = { ...process, group: 1, session: 1, state: 'S', kernel: false, threads: 1, cpuTime: 0 };
  const { pools: found, problem } = outcomeOf(record, {
    wishes: [{ pool: POOL, wanted: 1, threads: 1 }],
    before: pools(4),
    changed: changed && { pid: 1, ...changed },
    after,
    threads: new Map(),
  });
  return { after: found[0]!.after, problem };
}

describe('what is said of a pool that was to be resized', () => {
  it('what it would get, if nothing is changed', () =>
    assert.deepEqual(outcome(null, null), { after: 1, problem: null }));
  it('what it has afterwards', () =>
    assert.deepEqual(outcome({ denied: 0, failed: [0] }, pools(1)), { after: 1, problem: null }));
  it('that the kernel refused to change the process, or one pool of it', () => {
    const refused = { after: 4, problem: 'it could not be changed: not permitted' };
    assert.deepEqual(outcome({ denied: EACCES, failed: [EACCES] }, pools(4)), refused);
    assert.deepEqual(outcome({ denied: 0, failed: [0, EACCES] }, pools(4)), refused);
  });
  it('only its size, if the program has resized it meanwhile', () =>
    assert.deepEqual(outcome({ denied: 0, failed: [ESTALE] }, pools(3)), { after: 3, problem: null }));
  it('nothing, if the process has ended', () =>
    assert.equal(outcome({ denied: ESRCH, failed: [ESRCH] }, pools(0, ESRCH)).problem, null));
});
