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
          /threads \(.*OpenBLAS.* can\), start it with governor run --workers 1, which gives it all 2; /.source +
          /a program in Python also gets them by governor run --lend$/.source,
      ),
    );
    run.child.kill();
    await run.ended();
  });

  const makefile = () => {
    const file = join(temporaryDirectory(), 'Makefile');
    writeFileSync(file, 'all: ; @cat\n');
    return file;
  };

  it('if make runs one job because nproc obeys OMP_NUM_THREADS', async () => {
    const make = ['sh', '-c', `eval "make -s -f ${makefile()} -j$(n\\proc)"; true`];
    const serial = new GovernedRun(['-q'], make);
    assert.deepEqual(await serial.said(/./), [
      'governor: make runs inside: nproc prints 1 because OMP_NUM_THREADS=1 is set, so that make -j$(nproc) starts ' +
        '1 job; give make -j2, or governor run --except OMP_NUM_THREADS',
    ]);
    assert.deepEqual(await serial.end(), { status: 0, stderr: '' });
  });

  it('and leaves OMP_NUM_THREADS out if the script shows it', async () => {
    const script = join(temporaryDirectory(), 'build');
    const text = `make -s -f ${makefile()} -j$(nproc); echo "$(nproc) $OPENBLAS_NUM_THREADS [$OMP_NUM_THREADS]" >&2`;
    writeFileSync(script, `#!/bin/sh\n${text}\n`, { mode: 0o755 });
    for (const command of [['sh', '-c', text], [script]]) {
      const build = new GovernedRun(['-q'], command);
      assert.deepEqual(await build.said(/./), [
        'governor: OMP_NUM_THREADS is left out: nproc obeys it, and make in this script would run too few jobs; each ' +
          'OpenMP program inside starts 2 threads',
      ]);
      const { status, stderr } = await build.end();
      assert.deepEqual([status, stderr.trim()], [0, '2 1 []']);
    }
  });
});
