import assert from 'node:assert/strict';
import { setTimeout as pause } from 'node:timers/promises';
import { readClaims } from '../../../lib/system/claims/ledger.js';
import { eventually } from '../../helpers/processes/eventually.js';
import { Launched, processesMarked, processesWith } from '../../helpers/processes/launched.js';
import { times } from '../../helpers/times.js';

const TIMES = times(50);
/** Lines of a launch of two ranks that ignore SIGTERM, each with a daemon that does so too. */
const LINES = 4;
const FAMILY = [
  'sh',
  '-c',
  'setsid sh -c \'setsid sh -c "trap : TERM HUP; echo daemon; while :; do sleep 1000; done" &\'; ' +
    "trap '' TERM HUP; echo rank; while :; do sleep 1000; done",
];

/** Kills a launch, and waits until none of its processes and no claim is left. */
async function killed(ranks: Launched, mark: string): Promise<void> {
  process.kill(ranks.pid, 'SIGKILL');
  await ranks.ended();
  await eventually(() => processesWith('MARK', mark).length === 0 && readClaims().length === 0);
}

describe('governor launch leaves no orphans', () => {
  it(`or claims when it is killed at any moment, ${TIMES} times`, async function () {
    this.timeout(30_000 * TIMES);
    const started = (time: number) => new Launched(['-n', '2'], FAMILY, { MARK: `${process.pid}-${time}` });
    const began = performance.now();
    const first = started(0);
    await first.lines(LINES);
    const untilReady = performance.now() - began;
    await killed(first, `${process.pid}-0`);
    for (let time = 1; time < TIMES; time++) {
      const ranks = started(time);
      const mark = `${process.pid}-${time}`;
      if (time % 3 === 0) await ranks.lines(time % (LINES + 1));
      else if (time % 3 === 1) await eventually(() => processesWith('MARK', mark).length > time % 7);
      else await pause(Math.random() * untilReady);
      await killed(ranks, mark);
    }
    assert.deepEqual(processesMarked(`MARK=${process.pid}-`), []);
  });

  it('when its warden is killed, and exits with 137, also with --restarts', async () => {
    for (const restarts of ['0', '2']) {
      const ranks = new Launched(
        ['-n', '2', '--restarts', restarts],
        ['sh', '-c', "trap '' TERM HUP; echo ready; exec sleep 1000"],
        { MARK: `${process.pid}-w${restarts}` },
      );
      await ranks.lines(2);
      process.kill(ranks.warden(), 'SIGKILL');
      assert.equal((await ranks.ended()).status, 137);
      await eventually(() => processesWith('MARK', `${process.pid}-w${restarts}`).length === 0);
    }
  });
});
