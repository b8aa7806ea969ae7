import assert from 'node:assert/strict';
import { constants } from 'node:os';
import type { GovernorError } from '../../lib/errors.js';
import { isLimit, limitReached, requirePool, type LimitReader } from '../../lib/system/process-limit.js';
import { native } from '../../lib/system/native.js';

/** An addon that reads the limits of this process, but as in a control group with this `pids.max`. */
function within(most: number, used: number, threads = 1): LimitReader {
  const record = native.readLimits('', 0);
  const [own] = record.cgroups;
  const group = { ...own!, version: 2 as const, path: '/sys/fs/cgroup/job', pidsLimit: most, pidsUsed: used };
  return {
    readLimits: () => ({ ...record, processLimit: null, cgroups: [group] }),
    threads: () => Array.from({ length: threads }),
  };
}

describe('a limit on processes', () => {
  it('is named with its value, what is in use, and what to do', () => {
    const { code, message } = limitReached('start true', constants.errno.EAGAIN, within(12, 12));
    assert.equal(code, 'LIMIT_REACHED');
    assert.equal(
      message,
      'cannot start true: a limit is reached (/sys/fs/cgroup/job/pids.max: 12, 12 in use); ' +
        'raise it, or end other processes and threads',
    );
  });
  it('of memory is named too', () =>
    assert.match(
      limitReached('start true', constants.errno.ENOMEM, native).message,
      /^cannot start true: no memory is left \(/,
    ));
  it('is the reason of two errors only', () => {
    assert.ok(isLimit(constants.errno.EAGAIN) && isLimit(constants.errno.ENOMEM));
    assert.ok(!isLimit(constants.errno.ENOENT) && !isLimit(0));
  });
  it('is checked before Node starts its pool of threads, but not if that runs already', () => {
    const refused = (reader: LimitReader) =>
      assert.throws(
        () => requirePool(reader),
        (error: GovernorError) => error.code === 'LIMIT_REACHED',
      );
    refused(within(10, 7));
    requirePool(within(10, 6));
    requirePool(within(10, 10, 11));
  });
});
