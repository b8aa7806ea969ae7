import assert from 'node:assert/strict';
import { join } from 'node:path';
import { GUEST_PROGRAMS } from '../helpers/processes/governed.js';
import { GOVERNOR } from '../helpers/shared.js';
import { inMachine } from '../helpers/machine/vm.js';

describe('governor run --enforce on 8 CPUs, in a cpuset of 6', () => {
  it('moves jobs together if the cpuset shrinks, and apart to other CPUs that come instead', async function () {
    const { status, stdout, stderr } = await inMachine(
      this,
      ['--smp', 'cores=8', '--cpuset', '0-5'],
      ['sh', join(GUEST_PROGRAMS, 'tell_returned.sh'), process.execPath, GOVERNOR],
    );
    assert.equal(status, 0, stderr);
    const [start, shrunk, other, exit] = stdout.split('==\n').map(part => part.trim().split('\n'));
    assert.deepEqual(start, ['0 1 2 3 4 5']);
    assert.equal(shrunk!.at(-1), '0 0 1 1 2 3');
    assert.equal(other!.at(-1), '0 1 2 3 6 7');
    for (const cpu of [6, 7])
      assert.ok(
        other!.some(line =>
          new RegExp(`^governor: worker \\d has CPU ${cpu} now, which may be used again, instead of [01]$`).test(line),
        ),
        other!.join('\n'),
      );
    assert.deepEqual(exit, ['143']);
  });
});
