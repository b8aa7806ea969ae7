import assert from 'node:assert/strict';
import { CrowdAlarm } from '../../lib/runtime/crowd-alarm.js';

const LASTING_MS = 5;

describe('the warning of more working workers than places', () => {
  it('comes once if there are too many for long enough, with their number at that moment', async () => {
    const warned: number[] = [];
    await new Promise<void>(resolve => {
      const crowd = new CrowdAlarm(LASTING_MS, workers => {
        warned.push(workers);
        resolve();
      });
      crowd.update(3);
      crowd.update(4);
    });
    assert.deepEqual(warned, [4]);
  });
  it('does not come if there are too many only for a short time, or after the stop', async () => {
    const over = new CrowdAlarm(LASTING_MS, () => assert.fail('it was over'));
    const stopped = new CrowdAlarm(LASTING_MS, () => assert.fail('it was stopped'));
    over.update(3);
    over.update(0);
    stopped.update(3);
    stopped.stop();
    await new Promise<void>(resolve => {
      new CrowdAlarm(LASTING_MS, () => resolve()).update(3); // the alarms of the others would have come before
    });
  });
});
