import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { eventually } from '../../helpers/processes/eventually.js';
import { GovernedRun } from '../../helpers/processes/governed.js';
import { processesWith } from '../../helpers/processes/launched.js';

const DAEMON = 'setsid sh -c \'setsid sh -c "trap : TERM HUP; echo \\$\\$; while :; do sleep 1000; done" &\'; wait';
const alive = (pid: number) => {
  try {
    return !/ [ZX] /.test(readFileSync(`/proc/${pid}/stat`, 'latin1'));
  } catch {
    return false;
  }
};

describe('governor run', () => {
  it('leaves no process of the program when it is killed', async () => {
    const mark = `${process.pid}-run`;
    const run = new GovernedRun(['-q'], ['sh', '-c', `${DAEMON}; trap '' TERM; while :; do sleep 1000; done`], {
      MARK: mark,
    });
    await run.line();
    process.kill(run.child.pid!, 'SIGKILL');
    await eventually(() => processesWith('MARK', mark).length === 0);
  });

  it('does not end a daemon that a program left behind when it ended', async () => {
    const run = new GovernedRun(['-q'], ['sh', '-c', `(${DAEMON}) 2> /dev/null; exit 5`]);
    const daemon = Number(await run.line());
    try {
      assert.equal((await run.ended()).status, 5);
      assert.ok(alive(daemon));
    } finally {
      for (const pid of processesWith('STARTED_DIRECTORY', environmentOf(daemon)['STARTED_DIRECTORY']!))
        if (pid !== run.child.pid) process.kill(pid, 'SIGKILL');
    }
  });
});

function environmentOf(pid: number): Record<string, string> {
  return Object.fromEntries(
    readFileSync(`/proc/${pid}/environ`, 'utf8')
      .split('\0')
      .map(text => text.split(/=(.*)/s).slice(0, 2) as [string, string]),
  );
}
