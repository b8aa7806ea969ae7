import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { readClaims } from '../../../lib/system/claims/ledger.js';
import { eventually } from '../../helpers/processes/eventually.js';
import { OBSERVERS } from '../../helpers/processes/governed.js';
import { childOf, Launched, processesMarked, processesWith } from '../../helpers/processes/launched.js';
import { started } from '../../helpers/processes/printing.js';
import { PYTHON } from '../../helpers/shared.js';
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

/** The processes of a launch, as far as they are there. */
interface Supervisors {
  governor: number;
  keeper: number | null;
  warden: number | null;
}

function supervisorsOf(ranks: Launched): Supervisors {
  const keeper = childNamed('thread-keeper', ranks.pid);
  return { governor: ranks.pid, keeper, warden: keeper === null ? null : childNamed('thread-warden', keeper) };
}

/** Only by its name: a fork that is stopped before its first instruction can ask nobody to continue it. */
function childNamed(name: string, parent: number): number | null {
  try {
    const child = childOf(parent);
    return readFileSync(`/proc/${child}/comm`, 'utf8').trim() === name ? child : null;
  } catch {
    return null;
  }
}

function send(signal: NodeJS.Signals, ...pids: readonly (number | null)[]): void {
  for (const pid of pids) {
    try {
      if (pid !== null) process.kill(pid, signal);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
  }
}

async function traceWarden({ warden }: Supervisors): Promise<void> {
  if (warden === null) return;
  // It may have ended, or not be there yet: then nothing is traced.
  await started([PYTHON, join(OBSERVERS, 'trace.py'), String(warden)]).catch(() => undefined);
}

/** What happens to a launch before its governor is killed. */
const DISTURBANCES: readonly ((supervisors: Supervisors) => void | Promise<void>)[] = [
  ({ warden }) => send('SIGKILL', warden),
  ({ keeper }) => send('SIGKILL', keeper),
  ({ warden }) => send('SIGSTOP', warden),
  ({ keeper }) => send('SIGSTOP', keeper),
  ({ governor, keeper, warden }) => send('SIGSTOP', warden, keeper, governor),
  ({ keeper, warden }) => {
    send('SIGSTOP', keeper);
    send('SIGKILL', warden);
  },
  ({ governor }) => {
    const limit = 10 + Math.floor(Math.random() * 20);
    spawnSync('prlimit', ['--pid', String(governor), `--nofile=${limit}:${limit}`], { stdio: 'ignore' });
  },
  traceWarden,
];

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

  it(`when parts of it are stopped, traced, killed or starved at any moment, ${TIMES} times`, async function () {
    this.timeout(30_000 * TIMES);
    const tracing = process.getuid!() === 0; // Yama lets others trace only their descendants
    const disturbances = DISTURBANCES.filter(one => tracing || one !== traceWarden);
    for (let time = 0; time < TIMES; time++) {
      const mark = `${process.pid}-d${time}`;
      const ranks = new Launched(['-n', '2'], FAMILY, { MARK: mark });
      const some = Math.floor(Math.random() * 12);
      await eventually(() => processesWith('MARK', mark).length > some % 8 || ranks.child.exitCode !== null);
      await disturbances[time % disturbances.length]!(supervisorsOf(ranks));
      await killed(ranks, mark);
    }
    assert.deepEqual(processesMarked(`MARK=${process.pid}-d`), []);
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
