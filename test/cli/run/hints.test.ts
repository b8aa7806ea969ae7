import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { requirePackages } from '../../helpers/debian.js';
import { GovernedRun, temporaryDirectory } from '../../helpers/processes/governed.js';
import { PYTHON } from '../../helpers/shared.js';

describe('governor run says which option helps', () => {
  it('if one process computes with one thread while the other CPU idles, behind a shell too', async function () {
    requirePackages(this, 'python3-numpy');
    this.timeout(60_000);
    const multiply = 'import numpy; a = numpy.random.rand(200, 200)\nwhile True: a @ a';
    const run = new GovernedRun(['-q', '--timeout', '50'], ['sh', '-c', `${PYTHON} -c "${multiply}"; true`]);
    const [line] = (await run.said(/computes with one thread/)).slice(-1);
    assert.match(
      line!,
      new RegExp(
        /^governor: python3[.\d]* \(pid \d+\) computes with one thread while other CPUs idle; if it can use more /
          .source +
          /threads \(.*OpenBLAS.* can\), start it with governor run --workers 1, which gives it all 2$/.source,
      ),
    );
    run.child.kill();
    await run.ended();
  });

  it('if make runs one job because nproc obeys OMP_NUM_THREADS', async () => {
    const makefile = join(temporaryDirectory(), 'Makefile');
    writeFileSync(makefile, 'all: ; @cat\n');
    const make = (jobs: string) => ['sh', '-c', `make -s -f ${makefile} -j${jobs}; true`];
    const serial = new GovernedRun(['-q'], make('$(nproc)'));
    assert.deepEqual(await serial.said(/./), [
      'governor: make runs inside: nproc prints 1 because OMP_NUM_THREADS=1 is set, so that make -j$(nproc) starts ' +
        '1 job; give make -j2, or governor run --except OMP_NUM_THREADS',
    ]);
    assert.deepEqual(await serial.end(), { status: 0, stderr: '' });
  });
});
