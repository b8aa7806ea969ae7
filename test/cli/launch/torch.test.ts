import assert from 'node:assert/strict';
import { governor } from '../../helpers/processes/run.js';
import { PYTHON, shared } from '../../helpers/shared.js';

describe('governor launch: torch', () => {
  it('8 ranks train together, and agree', async function () {
    const script = shared(this, 'engines/samples/ddp_train.py');
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
