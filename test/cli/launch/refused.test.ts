import assert from 'node:assert/strict';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryDirectory, TWO_CPUS } from '../../helpers/processes/governed.js';
import { launchedScript } from '../../helpers/processes/launched.js';
import { finished, governor } from '../../helpers/processes/run.js';
import { GOVERNOR } from '../../helpers/shared.js';
import { requireRoot } from '../../helpers/skip.js';

const marker = () => join(temporaryDirectory(), 'started');

describe('governor launch refuses, before it starts anything', () => {
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
  it('a /proc of other processes, in which it could not find what to end', async function () {
    requireRoot(this, 'start a program in another PID namespace');
    const file = marker();
    const inside = ['unshare', '--pid', '--fork', '--kill-child', process.execPath, GOVERNOR, 'launch', '-q'];
    const { status, stderr } = await finished([...inside, '--', 'touch', file]);
    assert.equal(status, 2);
    assert.match(stderr, /^governor: cannot start programs, .*: \/proc does not show its own processes; mount it\n$/);
    assert.throws(() => readFileSync(file), /ENOENT/);
  });
  it('a log that cannot be written', async () => {
    const logs = temporaryDirectory();
    mkdirSync(join(logs, 'rank-0.log'));
    const { status, stderr } = await launchedScript(['-n', '1', '--log-dir', logs], `touch ${marker()}`);
    assert.equal(status, 2);
    assert.match(stderr, /^governor: invalid --log-dir ".*\n$/);
  });
});

describe('governor launch --dry-run', () => {
  it('starts nothing and prints the plan, as JSON with --json', async () => {
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
  it("plans the same for other launchers' flags", async () => {
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
