import assert from 'node:assert/strict';
import { pidsLimitNear } from '../../../../lib/core/audit/findings/pids-limit-near.js';
import { madeAudit, madeProcess } from '../../../helpers/audit/audited.js';
import { madeHost } from '../../../helpers/machine/hosts.js';

const ofGroup = (value: number, left: number | null) =>
  pidsLimitNear({ ...madeAudit(madeProcess()), host: madeHost({ pids: { value, left } }) });
const ofUser = (limit: number, used: number) =>
  pidsLimitNear({ ...madeAudit(madeProcess()), pids: [{ limit, used, source: 'RLIMIT_NPROC' }] });

describe('finding: few more processes and threads can be made', () => {
  it('in the control group', () => {
    const [found] = ofGroup(100, 8);
    assert.equal(found!.text, 'Processes and threads that can still be made: 8; the limit is 100.');
    assert.equal(found!.evidence, '92 of 100 used (/sys/fs/cgroup/job/pids.max)');
    assert.equal(found!.fix, 'echo 200 > /sys/fs/cgroup/job/pids.max');
  });
  it('by the user', () =>
    assert.deepEqual(
      ofUser(1000, 900).map(({ evidence, fix }) => [evidence, fix]),
      [['900 of 1000 used (RLIMIT_NPROC)', 'ulimit -u unlimited']],
    ));
  it('none, where others have made more than the limit', () =>
    assert.match(ofUser(100, 130)[0]!.text, /: 0; the limit is 100\.$/));
});

describe('no finding: many more can be made', () => {
  it('below nine tenths', () => assert.deepEqual([...ofGroup(100, 11), ...ofUser(1000, 899)], []));
  it('what is left is not told', () => assert.deepEqual(ofGroup(100, null), []));
  it('no limit', () => assert.deepEqual(pidsLimitNear(madeAudit(madeProcess())), []));
});
