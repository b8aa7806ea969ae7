import assert from 'node:assert/strict';
import { join } from 'node:path';
import type { Audit } from '../../lib/index.js';
import { GUEST_PROGRAMS } from '../helpers/processes/governed.js';
import { GOVERNOR } from '../helpers/shared.js';
import { inMachine } from '../helpers/machine/vm.js';

const MACHINE = ['--smp', 'sockets=2,cores=2,threads=1', '--numa', '2'];

describe('an audit on a machine of 2 NUMA nodes finds', () => {
  it('workers that span nodes, and a pids.max that is nearly reached; nothing otherwise', async function () {
    const { status, stdout, stderr } = await inMachine(this, MACHINE, [
      'sh',
      join(GUEST_PROGRAMS, 'tell_findings.sh'),
      process.execPath,
      GOVERNOR,
    ]);
    assert.equal(status, 0, stderr);
    const audits = stdout
      .trim()
      .split('\n')
      .map(line => (JSON.parse(line) as Audit).findings);
    const [across, within, few, many] = audits.map(findings => findings.map(({ id, text }) => `${id}: ${text}`));
    assert.deepEqual(across, [
      'worker-across-numa-nodes: 1 worker confined to CPUs 1-2, across NUMA nodes 0 and 1, ' +
        'but 2 CPUs of one node would be enough.',
      'worker-across-numa-nodes: 1 worker confined to CPUs 0,3, across NUMA nodes 0 and 1, ' +
        'but 2 CPUs of one node would be enough.',
    ]);
    assert.deepEqual(within, []);
    assert.deepEqual(few, ['pids-limit-near: Only 1 more process or thread can start; the limit is 10.']);
    assert.match(audits[2]![0]!.evidence, /^9 of 10 used \(\/sys\/fs\/cgroup\/pids-10\/pids\.max\)$/);
    assert.deepEqual(many, []);
  });
});
