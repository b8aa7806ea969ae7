import assert from 'node:assert/strict';
import { join } from 'node:path';
import { governor } from '../../helpers/processes/run.js';
import { PYTHON, requirePackages } from '../../helpers/debian.js';
import { SAMPLES } from '../../helpers/engines.js';

describe('torch under governor launch', () => {
  it('trains together in 8 ranks, which end with the same weights', async function () {
    requirePackages(this, 'python3-torch');
    const script = join(SAMPLES, 'ddp_train.py');
    this.timeout(300_000);
    const { status, stdout, stderr } = await governor([
      'launch',
      '-q',
      '-n',
      '8',
      '--no-prefix',
      '--',
      PYTHON,
      script,
      '--steps',
      '5',
    ]);
    assert.equal(status, 0, stderr);
    const told = JSON.parse(stdout) as { world_size: number; weights_agree: boolean; loss: [number, number] };
    assert.equal(told.world_size, 8);
    assert.ok(told.weights_agree);
    assert.ok(told.loss[1] < told.loss[0]);
  });
});
