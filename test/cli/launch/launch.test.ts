import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { eventually } from '../../helpers/processes/eventually.js';
import { affinitiesByTaskset, OBSERVERS, temporaryDirectory, TWO_CPUS } from '../../helpers/processes/governed.js';
import { Launched, processesWith } from '../../helpers/processes/launched.js';
import { reaped } from '../../helpers/processes/reap.js';
import { finished, governor, plainEnvironment } from '../../helpers/processes/run.js';
import { GOVERNOR, PYTHON } from '../../helpers/shared.js';

const launch = (options: string[], script: string, environment: NodeJS.ProcessEnv = {}, input = '') =>
  governor(['launch', '-q', ...options, '--', 'sh', '-c', script], environment, input);
const sorted = (text: string) => text.trim().split('\n').sort();
/** Not stopped, and in the group that the terminal sends its signals to. */
function runsInForeground(pid: number): boolean {
  const [state, , group, , , foreground] = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /s, '')
    .split(' ');
  return state !== 'T' && group === foreground;
}
const TELL_SIGNALS = [PYTHON, join(OBSERVERS, 'tell_signals.py')];

describe('governor launch: what a rank is given', () => {
  it('its own CPU, as taskset sees it from inside and outside', async () => {
    const ranks = new Launched(
      ['-n', String(TWO_CPUS.length)],
      ['sh', '-c', 'echo $$; taskset -cp $$; exec sleep 1000'],
    );
    for (const line of await ranks.lines(2 * TWO_CPUS.length)) {
      const [, rank, within] = /^\[(\d+)\] pid .*: (\d+)$/.exec(line) ?? [];
      if (rank !== undefined) assert.equal(Number(within), TWO_CPUS[Number(rank)]);
      const [, other, pid] = /^\[(\d+)\] (\d+)$/.exec(line) ?? [];
      if (other !== undefined) assert.deepEqual(affinitiesByTaskset(Number(pid)), [[TWO_CPUS[Number(other)]]]);
    }
    process.kill(ranks.pid, 'SIGTERM');
    assert.equal((await ranks.ended()).status, 143);
  });

  it("torchrun's names, and its place", async () => {
    const { stdout } = await launch(
      ['-n', '2'],
      'echo $RANK $LOCAL_RANK $WORLD_SIZE $LOCAL_WORLD_SIZE $MASTER_ADDR $GOVERNOR_CPUS $OMP_NUM_THREADS',
    );
    assert.deepEqual(sorted(stdout), [
      `[0] 0 0 2 2 127.0.0.1 ${TWO_CPUS[0]} 1`,
      `[1] 1 1 2 2 127.0.0.1 ${TWO_CPUS[1]} 1`,
    ]);
  });

  it('a port that others cannot get, and that a rank with SO_REUSEADDR can listen on', async () => {
    const { status, stderr } = await governor([
      'launch',
      '-q',
      '-n',
      '1',
      '--',
      PYTHON,
      '-c',
      `
import os, socket
port = int(os.environ["MASTER_PORT"])
try:
    socket.socket().bind(("127.0.0.1", port))
    raise SystemExit("an ordinary bind was let through")
except OSError:
    pass
mine = socket.socket()
mine.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
mine.bind(("127.0.0.1", port))
mine.listen()
socket.create_connection(("127.0.0.1", port)).close()
`,
    ]);
    assert.deepEqual({ status, stderr }, { status: 0, stderr: '' });
  });

  it('rank 0 the standard input, the others none', async () => {
    const { stdout } = await launch(['-n', '2'], 'cat', {}, 'typed\n');
    assert.equal(stdout, '[0] typed\n');
  });

  it('the descriptors that the shell has opened for it', async () => {
    for (const verb of ['launch -q -n 1 --no-prefix', 'run -q', 'exec']) {
      assert.equal(
        (await finished(['bash', '-c', `${process.execPath} ${GOVERNOR} ${verb} -- cat <(echo substituted)`])).stdout,
        'substituted\n',
        verb,
      );
    }
  });

  it("the descriptors, signals and limit of the user's shell", async () => {
    const directory = temporaryDirectory();
    const report = join(directory, 'report');
    assert.equal(
      (
        await finished([
          'sh',
          '-c',
          `ulimit -Sn 700; nohup ${GOVERNOR} launch -q -n 1 -- ${PYTHON} ${join(OBSERVERS, 'tell_inheritance.py')} ${report}`,
        ])
      ).status,
      0,
    );
    const told = JSON.parse(readFileSync(report, 'utf8')) as {
      ignored: number;
      nofile: number[];
      descriptors: number[];
      blocked: number;
    };
    await finished([PYTHON, join(OBSERVERS, 'tell_inheritance.py'), report]);
    const direct = JSON.parse(readFileSync(report, 'utf8')) as { descriptors: number[] };
    assert.equal(told.nofile[0], 700);
    assert.equal(told.ignored & 1, 1, "nohup's SIGHUP");
    assert.equal(told.blocked, 0);
    assert.deepEqual(told.descriptors, direct.descriptors);
  });
});

describe('governor launch: how it ends', () => {
  it('with the status of the first rank that fails, and one line; the others are terminated', async () => {
    const { status, stderr } = await launch(['-n', '2'], 'if [ $RANK = 1 ]; then exit 7; fi; exec sleep 1000');
    assert.equal(status, 7);
    assert.match(stderr, /^governor: rank 1 ended with exit status 7 after \d+\.\d s; the other was terminated\n$/);
  });

  it('with 128 + N if a signal ended it', async () => {
    const { status, stderr } = await launch(['-n', '1'], 'kill -SEGV $$');
    assert.equal(status, 139);
    assert.match(stderr, /rank 0 ended with SIGSEGV/);
  });

  it('--keep-going: the other ranks finish their work', async () => {
    const { status, stdout } = await launch(
      ['-n', '2', '--keep-going'],
      'if [ $RANK = 1 ]; then exit 7; fi; echo done',
    );
    assert.equal(status, 7);
    assert.equal(stdout, '[0] done\n');
  });

  it('--restarts: a rank restarts on its own place', async () => {
    const directory = temporaryDirectory();
    const script = `taskset -cp $$ | sed 's/.*: //'; [ $RANK = 0 ] || [ -e ${directory}/again ] || { touch ${directory}/again; exit 7; }`;
    const { status, stdout, stderr } = await launch(['-n', '2', '--restarts', '1'], script);
    assert.equal(status, 0);
    assert.deepEqual(sorted(stdout), [`[0] ${TWO_CPUS[0]}`, `[1] ${TWO_CPUS[1]}`, `[1] ${TWO_CPUS[1]}`]);
    assert.match(stderr, /rank 1 failed; restarting it in 0\.5 s/);
  });

  it('--timeout: 124; a long limit changes nothing', async () => {
    const { status, stderr } = await launch(['-n', '1', '--timeout', '0.2'], 'exec sleep 1000');
    assert.equal(status, 124);
    assert.match(stderr, /the time limit of 0\.2 s is over/);
    assert.equal((await launch(['-n', '1', '--timeout', '2000000'], 'exit 0')).status, 0);
  });

  it('a rank that ignores SIGTERM is killed after the grace', async () => {
    const { status } = await launch(
      ['-n', '2', '--grace', '0.1'],
      'if [ $RANK = 1 ]; then read l < /proc/sys/kernel/ostype; exit 7; fi; trap "" TERM; while :; do sleep 1000; done',
    );
    assert.equal(status, 7);
  });

  it('processes that ranks leave behind are terminated too', async () => {
    const mark = `${process.pid}-swept`;
    const { status } = await launch(
      ['-n', '2', '--grace', '0.1'],
      'setsid sh -c \'setsid sh -c "trap : TERM HUP; while :; do sleep 1000; done" &\' & wait',
      { MARK: mark },
    );
    assert.equal(status, 0);
    assert.deepEqual(processesWith('MARK', mark), []);
  });

  it('400 ranks at once', async () => {
    const { status, stderr } = await governor(['launch', '-q', '-n', '400', '--no-prefix', '--', 'true']);
    assert.equal(status, 0);
    assert.match(stderr, /^governor: 400 ranks need more CPUs than there are: .*\n$/);
  });
});

function killAll(pids: readonly number[]): void {
  for (const pid of pids) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {} // it has ended meanwhile
  }
}

describe('governor launch: signals', () => {
  it('each signal reaches every rank once; a rank may handle SIGTERM', async () => {
    const ranks = new Launched(['-n', '2'], TELL_SIGNALS);
    assert.deepEqual(await ranks.lines(2), ['[0] ready', '[1] ready']);
    for (const signal of ['SIGHUP', 'SIGINT', 'SIGUSR1', 'SIGUSR2', 'SIGTERM'] as const) {
      process.kill(ranks.pid, signal);
      assert.deepEqual(await ranks.lines(2), [`[0] ${signal}`, `[1] ${signal}`]);
    }
    assert.equal((await ranks.ended()).status, 3);
  });

  it('a second signal ends ranks that ignore the first', async () => {
    const ranks = new Launched(
      ['-n', '2', '--grace', '0.1'],
      ['sh', '-c', 'trap "echo heard" INT; trap "" TERM; echo ready; while :; do :; done'],
    );
    await ranks.lines(2);
    process.kill(ranks.pid, 'SIGINT');
    assert.deepEqual(await ranks.lines(2), ['[0] heard', '[1] heard']);
    process.kill(ranks.pid, 'SIGINT');
    assert.equal((await ranks.ended()).status, 137);
  });

  it('on a terminal Ctrl-C arrives once; Ctrl-Z stops all ranks, and fg continues them', async () => {
    const script = join(temporaryDirectory(), 'typescript');
    const mark = `${process.pid}-terminal`;
    const shell = `set -m; ${process.execPath} ${GOVERNOR} launch -q -n 1 -- ${TELL_SIGNALS.join(' ')}; echo stopped $?; fg; echo ended $?`;
    const terminal = reaped(
      spawn('script', ['-qefc', `bash -c '${shell}'`, script], {
        env: plainEnvironment({ NO_COLOR: '1', SHELL: '/bin/bash', MARK: mark }),
      }),
    );
    let text = '';
    const ranks = () =>
      processesWith('MARK', mark).filter(pid => readFileSync(`/proc/${pid}/cmdline`, 'utf8').startsWith(PYTHON));
    terminal.stdout.on('data', piece => {
      text += String(piece);
    });
    const until = (wanted: RegExp) => eventually(() => wanted.test(text));
    try {
      await until(/ready/);
      terminal.stdin.write('\x1a');
      await until(/stopped 148/);
      await eventually(() => ranks().every(runsInForeground));
      terminal.stdin.write('\x03');
      await until(/SIGINT/);
      for (const pid of ranks()) process.kill(pid, 'SIGTERM');
      await until(/ended \d/);
    } finally {
      killAll(processesWith('MARK', mark));
    }
    assert.equal(text.match(/SIGINT/g)?.length, 1, text);
    assert.match(text, /ended 3/);
  });
});

describe('governor launch: what it refuses, before anything is started', () => {
  const marker = () => join(temporaryDirectory(), 'started');
  const refused: [string[], number, RegExp][] = [
    [['--', 'no-such-program'], 127, /not found in PATH/],
    [['--', '/'], 126, /is a directory/],
    [[], 2, /missing required argument "CMD"/],
    [['-n', '0', '--', 'true'], 2, /--workers/],
    [['--restarts', '-1', '--', 'true'], 2, /--restarts/],
    [['--grace', 'x', '--', 'true'], 2, /--grace/],
    [['--timeout', '9999999', '--', 'true'], 2, /invalid --timeout 9999999: expected seconds from 0 to 2000000/],
    [['--verify=9999999', '--', 'true'], 2, /--verify/],
    [['--quiet-ranks=a', '--', 'true'], 2, /--quiet-ranks/],
    [['--numa-binding', 'near', '--', 'true'], 2, /invalid --numa-binding "near": expected one of node/],
    [['--cpu-bind', 'constructor', '--', 'true'], 2, /--cpu-bind/],
    [['--ninstances', '0', '--', 'true'], 2, /--ninstances/],
    [['--log-dir', '/dev/null/logs', '--', 'true'], 2, /--log-dir/],
  ];
  for (const [args, wanted, text] of refused) {
    it(`governor launch ${args.join(' ')}`, async () => {
      const { status, stdout, stderr } = await governor(['launch', '-q', ...args]);
      assert.deepEqual({ status, stdout }, { status: wanted, stdout: '' });
      assert.match(stderr, /^governor: .*\n$/);
      assert.match(stderr, text);
    });
  }
  it('a log that cannot be written', async () => {
    const logs = temporaryDirectory();
    mkdirSync(join(logs, 'rank-0.log'));
    const { status, stderr } = await launch(['-n', '1', '--log-dir', logs], `touch ${marker()}`);
    assert.equal(status, 2);
    assert.match(stderr, /^governor: invalid --log-dir ".*\n$/);
  });
  it('--dry-run starts nothing; --json prints the plan', async () => {
    const file = marker();
    const text = await governor(['launch', '--dry-run', '-n', '2', '--', 'touch', file]);
    assert.match(text.stdout, /^rank 0: CPU \d+.*\[.*B.*\]$/m);
    const json = JSON.parse(
      (await governor(['launch', '--dry-run', '--json', '-n', '2', '--', 'touch', file])).stdout,
    ) as { ranks: { rank: number; place: number[] }[] };
    assert.deepEqual(
      json.ranks.map(({ rank, place }) => [rank, ...place]),
      [
        [0, TWO_CPUS[0]],
        [1, TWO_CPUS[1]],
      ],
    );
    assert.throws(() => readFileSync(file), /ENOENT/);
  });
  it("other launchers' names for the same", async () => {
    const places = async (...options: string[]) =>
      (
        JSON.parse((await governor(['launch', '--dry-run', '--json', ...options, '--', 'true'])).stdout) as {
          ranks: { place: number[] }[];
        }
      ).ranks.map(rank => rank.place);
    assert.deepEqual(
      await places('--ninstances', '2', '--numa-binding', 'node'),
      await places('-n', '2', '--policy', 'numa'),
    );
    assert.deepEqual(await places('-n', '2', '--cpu-bind', 'cores'), await places('-n', '2', '--policy', 'physical'));
    for (const alias of [
      ['--numa-binding', 'socket'],
      ['--cpu-bind', 'sockets'],
    ])
      assert.deepEqual(await places('-n', '2', ...alias), await places('-n', '2', '--policy', 'package'));
  });
});
