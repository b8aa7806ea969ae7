import assert from 'node:assert/strict';
import { join } from 'node:path';
import type { LedgerStatus } from '../../lib/index.js';
import { formatCpulist } from '../../lib/core/cpuset.js';
import { GUEST_PROGRAMS } from '../helpers/processes/governed.js';
import { GOVERNOR } from '../helpers/shared.js';
import { inMachine } from '../helpers/machine/vm.js';

describe('claims of runs on a machine of 12 CPUs', () => {
  it('three runs at once take 9, not the CPU that another program uses; 3 are left for later runs', async function () {
    const { status, stdout, stderr } = await inMachine(
      this,
      [],
      ['sh', join(GUEST_PROGRAMS, 'three_runs.sh'), process.execPath, GOVERNOR],
      600,
    );
    assert.equal(status, 0, stderr);
    const [during, refused, shrunk] = stdout.split(/^==\n/m);
    const { claims, cpus, strangers, free } = JSON.parse(during!) as LedgerStatus;
    assert.deepEqual(
      claims.map(claim => claim.cpus.length),
      [3, 3, 3],
      stderr,
    );
    assert.equal(new Set(claims.flatMap(claim => claim.cpus)).size, 9, 'no CPU twice');
    assert.equal(cpus[0]!.state, 'pinned', 'nobody has claimed the CPU of the stranger');
    assert.deepEqual(
      strangers.map(({ affinities }) => affinities),
      [[[0]]],
    );
    assert.equal(free.length, 3);
    assert.equal(refused, '2\n');
    const holder = 'CPUs [\\d,-]+ by pid \\d+ \\(root, since [^)]+\\): governor run -- sh -c [^;]*; [^;]*;[^;]*; ';
    assert.match(
      stderr,
      new RegExp(
        `^governor: 4 CPUs wanted, 3 are free \\(${formatCpulist(free)}\\); held: (${holder}){3}wait for them`,
        'm',
      ),
    );
    assert.equal(shrunk, '3\n');
  });
});
