import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { compiled } from '../../helpers/audit/ground-truth.js';
import { requirePackages } from '../../helpers/debian.js';
import { temporaryDirectory } from '../../helpers/processes/governed.js';
import { finished } from '../../helpers/processes/run.js';
import { GOVERNOR } from '../../helpers/shared.js';

const governed = (...words: string[]) =>
  finished(['taskset', '-c', '0,1', process.execPath, GOVERNOR, 'run', ...words], {
    OMP_NUM_THREADS: undefined,
    GOMAXPROCS: undefined,
  });

describe('governor run gives a program that is one process all CPUs', () => {
  const openmp = () => {
    const directory = temporaryDirectory();
    const source = '#include <omp.h>\n#include <stdio.h>\nint main() { printf("%d\\n", omp_get_max_threads()); }\n';
    writeFileSync(join(directory, 'omp.c'), source);
    return compiled(join(directory, 'omp'), ['cc', '-fopenmp', join(directory, 'omp.c'), '-o', join(directory, 'omp')]);
  };

  it('a compiled one that needs OpenMP; one line says so', async () => {
    const { stdout, stderr } = await governed('--', openmp());
    assert.equal(stdout, '2\n');
    assert.match(stderr, /^governor: omp works with threads in one process: it gets 2, not those of a worker; --th/m);
  });
  it('unless the user has given a number of workers or threads', async () => {
    const program = openmp();
    for (const option of ['--workers=2', '--threads-per-worker=1'])
      assert.equal((await governed('-q', option, '--', program)).stdout, '1\n', option);
  });
  it('but not several of a shell', async () => {
    const { stdout } = await governed('-q', '--', 'sh', '-c', `${openmp()}; ${openmp()}`);
    assert.equal(stdout, '1\n1\n');
  });
  it('a Go program', async function () {
    requirePackages(this, 'golang-go');
    const directory = temporaryDirectory();
    writeFileSync(
      join(directory, 'max.go'),
      'package main\nimport "runtime"\nfunc main() { println(runtime.GOMAXPROCS(0)) }\n',
    );
    const go = join(directory, 'max');
    compiled(go, ['go', 'build', '-o', go, join(directory, 'max.go')], { GOCACHE: join(directory, 'cache') });
    assert.equal((await governed('-q', '--', go)).stderr, '2\n');
  });
});
