import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { affinitiesByTaskset, OBSERVERS, temporaryDirectory, TWO_CPUS } from '../../helpers/processes/governed.js';
import { Launched, launchedScript, sortedLines } from '../../helpers/processes/launched.js';
import { finished, governor } from '../../helpers/processes/run.js';
import { GOVERNOR, PYTHON } from '../../helpers/shared.js';

describe('governor launch gives a rank', () => {
  it('its own CPU, as taskset shows inside and outside the rank', async () => {
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

  it("torchrun's variables, and its place", async () => {
    const { stdout } = await launchedScript(
      ['-n', '2'],
      'echo $RANK $LOCAL_RANK $WORLD_SIZE $LOCAL_WORLD_SIZE $MASTER_ADDR $GOVERNOR_CPUS $OMP_NUM_THREADS',
    );
    assert.deepEqual(sortedLines(stdout), [
      `[0] 0 0 2 2 127.0.0.1 ${TWO_CPUS[0]} 1`,
      `[1] 1 1 2 2 127.0.0.1 ${TWO_CPUS[1]} 1`,
    ]);
  });

  it('a port that an ordinary bind cannot take, but a rank with SO_REUSEADDR can', async () => {
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

  it('the standard input if it is rank 0, and none otherwise', async () => {
    const { stdout } = await launchedScript(['-n', '2'], 'cat', {}, 'typed\n');
    assert.equal(stdout, '[0] typed\n');
  });

  it('the descriptors that the shell has opened for it, as run and exec do', async () => {
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
          `ulimit -Sn 700; nohup ${GOVERNOR} launch -q -n 1 -- ` +
            `${PYTHON} ${join(OBSERVERS, 'tell_inheritance.py')} ${report}`,
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
