import assert from 'node:assert/strict';
import { join } from 'node:path';
import { GUEST_PROGRAMS } from '../helpers/processes/governed.js';
import { GOVERNOR } from '../helpers/shared.js';
import { inMachine } from '../helpers/machine/vm.js';

describe('governor launch --enforce beside another launch, on a machine of 12 CPUs', () => {
  it('gives a rank whose CPU goes offline the CPUs that nobody has claimed, and claims them', async function () {
    const { status, stdout, stderr } = await inMachine(
      this,
      [],
      ['sh', join(GUEST_PROGRAMS, 'tell_repaired_claim.sh'), process.execPath, GOVERNOR],
    );
    assert.equal(status, 0, stderr);
    const [before, after, affinity, exit] = stdout.trim().split('\n');
    const [lost, others] = before!.split(' ');
    const all = [...Array(12).keys()].map(String);
    const left = all.filter(cpu => cpu !== lost && !others!.split(',').includes(cpu));
    assert.equal(others!.split(',').length, 10);
    assert.deepEqual([after, affinity, exit], [`${left.join()} ${others}`, left.join(), '143']);
  });
});
