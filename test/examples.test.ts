import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { finished, governor } from './helpers/processes/run.js';
import { PYTHON, requirePackages } from './helpers/debian.js';
import { PROJECT } from './helpers/shared.js';

const example = (name: string) => join(PROJECT, 'examples', name);

describe('the examples run', () => {
  const tested = ['numpy_pool.py', 'pin-workers.mjs', 'sklearn_pool.py', 'train-pool.mjs'];

  it('each of them has a test here', () => assert.deepEqual(readdirSync(join(PROJECT, 'examples')).sort(), tested));

  it('train-pool.mjs: a Node pool of the budgeted size, governed', async () => {
    const { status, stdout, stderr } = await governor([
      'run',
      '--export',
      'POOL_SIZE=workers',
      '--',
      process.execPath,
      example('train-pool.mjs'),
      '1.5',
    ]);
    assert.equal(status, 0, stderr);
    assert.match(stdout, /^fold 0: CPU \d+, \d+ steps, loss \d\.\d+ -> \d\.\d+$/m);
    assert.match(stderr, /^governor: \d+ workers? on \d+ places?; /m);
  });

  it('numpy_pool.py: one BLAS thread in each worker', async function () {
    requirePackages(this, 'python3-numpy');
    const { status, stdout, stderr } = await governor([
      'run',
      '--export',
      'POOL_SIZE=workers',
      '--',
      PYTHON,
      example('numpy_pool.py'),
      '1.5',
    ]);
    assert.equal(status, 0, stderr);
    assert.match(stdout, /^fold 0: CPUs \[\d+\], 1 thread, \d+ steps/m);
  });

  it('sklearn_pool.py: one OpenMP thread in each worker', async function () {
    requirePackages(this, 'python3-sklearn');
    const { status, stdout, stderr } = await governor([
      'run',
      '--export',
      'POOL_SIZE=workers',
      '--',
      PYTHON,
      example('sklearn_pool.py'),
      '4',
    ]);
    assert.equal(status, 0, stderr);
    const [, workers, threads] = /^4 models in \d+\.\d s: (\d+) workers, (\d+) threads$/m.exec(stdout)!;
    assert.equal(threads, workers);
  });

  it('pin-workers.mjs: the library', async () => {
    const { status, stdout, stderr } = await finished([process.execPath, example('pin-workers.mjs')]);
    assert.equal(status, 0, stderr);
    assert.match(stdout, /^worker 0: thread \d+ on CPU \d+: 17984 primes$/m);
  });
});
