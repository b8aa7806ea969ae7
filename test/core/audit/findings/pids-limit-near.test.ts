import assert from 'node:assert/strict';
import { pidsLimitNear } from '../../../../lib/core/audit/findings/pids-limit-near.js';
import { madeAudit, madeProcess } from '../../../helpers/audit/audited.js';
import { madeHost } from '../../../helpers/machine/hosts.js';

const ofGroup = (value: number, left: number | null) =>
  pidsLimitNear({ ...madeAudit(madeProcess()), host: madeHost({ pids: { value, left } }) });
const ofUser = (limit: number, used: number) =>
  pidsLimitNear({ ...madeAudit(madeProcess()), pids: [{ limit, used, source: 'RLIMIT_NPROC' }] });

describe('finding: few more processes and threads can start', () => {
  it("by the control group's limit", () => {
    const [found] = ofGroup(100, 8);
    assert.equal(found!.text, 'Only 8 more processes and threads can start; the limit is 100.');
    assert.equal(found!.evidence, '92 of 100 used (/sys/fs/cgroup/job/pids.max)');
    assert.equal(found!.fix, 'echo 200 > /sys/fs/cgroup/job/pids.max');
  });
  it("by the user's limit", () =>
    assert.deepEqual(
      ofUser(1000, 900).map(({ evidence, fix }) => [evidence, fix]),
      [['900 of 1000 used (RLIMIT_NPROC)', 'ulimit -u unlimited']],
    ));
  it('none at all, if others already exceed the limit', () =>
    assert.match(ofUser(100, 130)[0]!.text, /^Only 0 more .*; the limit is 100\.$/));
});

describe('no finding: many more can start', () => {
  it('less than nine tenths used', () => assert.deepEqual([...ofGroup(100, 11), ...ofUser(1000, 899)], []));
  it('unknown use', () => assert.deepEqual(ofGroup(100, null), []));
  it('no limit', () => assert.deepEqual(pidsLimitNear(madeAudit(madeProcess())), []));
});
