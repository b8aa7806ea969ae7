import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { readClaims } from '../../../lib/system/claims/ledger.js';
import { eventually } from '../../helpers/processes/eventually.js';
import { childOf, childrenOf, Launched, processesWith } from '../../helpers/processes/launched.js';
import { reaped } from '../../helpers/processes/reap.js';
import { finished, plainEnvironment } from '../../helpers/processes/run.js';
import { GOVERNOR } from '../../helpers/shared.js';
import { times } from '../../helpers/times.js';

const TIMES = times(5);
/** Forks twice, each time into a new session, and ignores SIGTERM. */
const DAEMON = 'setsid sh -c \'setsid sh -c "trap : TERM HUP; echo daemon; while :; do sleep 1000; done" &\'';
/** Ranks that ignore SIGTERM too. */
const FAMILY = `${DAEMON}; trap '' TERM HUP; echo rank $$; while :; do sleep 1000; done`;
const LINES = 4;

type Guard = 'governor' | 'keeper' | 'warden';

/** A launch of two such ranks with their descendants, running. */
async function families(
  mark: string,
  ownGroup = false,
): Promise<Launched & { pids: Record<Guard, number>; rankPids: number[] }> {
  const ranks = new Launched(
    ['-n', '2', '--grace', '0'],
    ['sh', '-c', `${FAMILY}; : ${mark}`],
    { MARK: mark },
    ownGroup,
  );
  const rankPids = (await ranks.lines(LINES)).flatMap(line => Number(/rank (\d+)$/.exec(line)?.[1] ?? []));
  const pids = { governor: ranks.pid, keeper: ranks.keeper(), warden: ranks.warden() };
  return Object.assign(ranks, { pids, rankPids });
}

const gone = (mark: string) => eventually(() => processesWith('MARK', mark).length === 0 && readClaims().length === 0);

describe('no process is left and no CPU stays claimed after SIGKILL to governor launch:', () => {
  const together: [Guard[], number | null][] = [
    [['warden'], 137],
    [['governor'], null],
    [['governor', 'warden'], null],
    [['warden', 'governor'], null],
    [['governor', 'keeper'], null],
    [['keeper', 'governor'], null],
  ];
  for (const [victims, wanted] of together) {
    it(`${victims.join(' and ')}, ${TIMES} times`, async () => {
      for (let time = 0; time < TIMES; time++) {
        const mark = `${process.pid}-${victims.join('-')}-${time}`;
        const ranks = await families(mark);
        for (const victim of victims) process.kill(ranks.pids[victim], 'SIGKILL');
        assert.equal((await ranks.ended()).status, wanted);
        await gone(mark);
      }
    });
  }
  for (const victims of [
    ['warden', 'keeper'],
    ['keeper', 'warden'],
  ] as const) {
    it(`${victims.join(' and ')}, ${TIMES} times (background processes of ranks may be left)`, async () => {
      for (let time = 0; time < TIMES; time++) {
        const mark = `${process.pid}-${victims.join('-')}-${time}`;
        const ranks = await families(mark);
        for (const victim of victims) process.kill(ranks.pids[victim], 'SIGKILL');
        assert.equal((await ranks.ended()).status, 137);
        const isRank = (pid: number) => ranks.rankPids.includes(pid);
        await eventually(() => !processesWith('MARK', mark).some(isRank));
        for (const pid of processesWith('MARK', mark)) process.kill(pid, 'SIGKILL');
        await gone(mark);
      }
    });
  }
  it('the keeper (the launch continues and ends normally)', async () => {
    const mark = `${process.pid}-keeper`;
    const ranks = new Launched(
      ['-n', '2', '--restarts', '1', '--grace', '0.1'],
      ['sh', '-c', `${DAEMON}; trap 'echo heard; exit 7' USR1; echo $$; while :; do sleep 0.01; done`],
      { MARK: mark },
    );
    await ranks.lines(LINES);
    process.kill(ranks.keeper(), 'SIGKILL');
    process.kill(ranks.pid, 'SIGUSR1');
    assert.deepEqual(
      (await ranks.lines(2 + LINES)).filter(line => /heard/.test(line)),
      ['[0] heard', '[1] heard'],
    );
    process.kill(ranks.pid, 'SIGTERM');
    assert.equal((await ranks.ended()).status, 143);
    await gone(mark);
  });
  it("all processes that pkill -9 -f finds for governor and the user's command", async () => {
    for (const pattern of [(mark: string) => `governor.*${mark}`, (mark: string) => mark]) {
      const mark = `${process.pid}-pkill-${pattern('').length}`;
      const ranks = await families(mark);
      assert.equal((await finished(['pkill', '-9', '-f', pattern(mark)])).status, 0);
      await ranks.ended();
      await gone(mark);
    }
  });
  it('its process group', async () => {
    const mark = `${process.pid}-group`;
    const ranks = await families(mark, true);
    process.kill(-ranks.pid, 'SIGKILL');
    await ranks.ended();
    await gone(mark);
  });
});

describe('the guards of a launch', () => {
  it("are named after their work and have their own process groups; ranks are in governor's group", async () => {
    const ranks = await families(`${process.pid}-names`);
    const told = async (pid: number) =>
      (await finished(['ps', '-o', 'comm=,args=,pgid=,sid=', '-p', String(pid)])).stdout.trim().split(/\s+/);
    const [group, session] = (await told(ranks.pid)).slice(-2);
    for (const guard of ['keeper', 'warden'] as const) {
      assert.deepEqual(await told(ranks.pids[guard]), [
        `thread-${guard}`,
        `thread-${guard}`,
        'for',
        String(ranks.pid),
        String(ranks.pids[guard]),
        session,
      ]);
    }
    const { stdout } = await finished(['ps', '-o', 'ppid=,pgid=,sid=', '--ppid', String(ranks.pids.warden)]);
    const here = stdout
      .trim()
      .split('\n')
      .map(line => line.trim().split(/\s+/))
      .filter(([, , itsSession]) => itsSession === session);
    assert.deepEqual(here, Array(2).fill([String(ranks.pids.warden), group, session]));
  });
});

describe('the guards of governor run', () => {
  const started = (mark: string, script: string) =>
    reaped(
      spawn(process.execPath, [GOVERNOR, 'run', '-q', '--', 'sh', '-c', script], {
        env: plainEnvironment({ MARK: mark }),
        stdio: ['pipe', 'pipe', 'inherit'],
      }),
    );

  it('end with the program, and do not end a daemon', async () => {
    const mark = `${process.pid}-leave`;
    const run = started(mark, `${DAEMON}; read line`);
    await once(run.stdout!, 'data');
    run.stdin!.end('end\n');
    assert.deepEqual(await once(run, 'exit'), [0, null]);
    const programs = () =>
      processesWith('MARK', mark)
        .map(pid => readFileSync(`/proc/${pid}/comm`, 'utf8').trim())
        .sort();
    try {
      await eventually(() => programs().join() === 'sh,sleep');
    } finally {
      for (const pid of processesWith('MARK', mark)) process.kill(pid, 'SIGKILL');
    }
    await gone(mark);
  });
  it('end everything if the warden is killed', async () => {
    const mark = `${process.pid}-run`;
    const run = started(mark, `${DAEMON}; read line`);
    await once(run.stdout!, 'data');
    process.kill(childOf(childOf(run.pid!)), 'SIGKILL');
    assert.deepEqual(await once(run, 'exit'), [137, null]);
    await gone(mark);
  });
  it('do not end a child that governor had before, if warden and keeper are killed', async () => {
    const mark = `${process.pid}-run-both`;
    const before = ['sh', '-c', `sleep 1000 & echo $!; exec "$@"`, 'sh'];
    const command = [...before, process.execPath, GOVERNOR, 'run', '-q', '--', 'sh', '-c', 'echo up; read line'];
    const run = reaped(
      spawn(command[0]!, command.slice(1), {
        env: plainEnvironment({ MARK: mark }),
        stdio: ['pipe', 'pipe', 'inherit'],
      }),
    );
    let text = '';
    for await (const piece of run.stdout!) if ((text += String(piece)).includes('up')) break;
    const server = Number.parseInt(text, 10);
    const keeper = childrenOf(run.pid!).find(pid => pid !== server)!;
    for (const guard of [keeper, childOf(keeper)]) process.kill(guard, 'SIGKILL');
    assert.deepEqual(await once(run, 'exit'), [137, null]);
    assert.deepEqual(processesWith('MARK', mark), [server]);
    process.kill(server, 'SIGKILL');
    await gone(mark);
  });
});
