import assert from 'node:assert/strict';
import { governor } from '../helpers/processes/run.js';

describe('governor refuses bad input with one clear line and exit 2', () => {
  const refused: [string[], RegExp][] = [
    [['--bogus'], /unknown option '--bogus'/],
    [['bogus'], /invalid command "bogus": expected one of banner, run/],
    [['budget', '--bogus'], /unknown option '--bogus'; see governor budget --help/],
    ...['0', '-1', '1e9', 'abc', '', '1.5', '99999999999'].map((value): [string[], RegExp] => [
      ['budget', `--workers=${value}`],
      /invalid --workers "[^"]*": expected an integer from 1 to 65536/,
    ]),
    [['run', '--workers', '-1', '--', 'true'], /--workers/],
    [['run', '--near', 'disk', '--', 'true'], /invalid --near "disk": expected gpu/],
    [['budget', '--reserve=-1'], /--reserve/],
    [['budget', '--memory-per-worker', 'lots'], /invalid --memory-per-worker "lots": expected a size such as 512M/],
    [['env', '--export', 'NAME'], /invalid --export "NAME": expected NAME=workers/],
    [['env', '--format', 'yaml'], /invalid --format "yaml": expected shell, docker, systemd/],
    [
      ['run', '--policy', 'near', '--', 'true'],
      /invalid --policy "near": expected one of close, spread, physical, package, numa, l3\n/,
    ],
    [['topology', '--policy='], /invalid --policy "": expected one of close/],
    [
      ['topology', '--svg', '/proc/none/machine.svg'],
      /invalid --svg "\/proc\/none\/machine\.svg": expected a file that can be written/,
    ],
    [['topology', '--svg', '/'], /invalid --svg "\/": expected a file that can be written/],
    [['topology', '--svg', 'x', '--json'], /invalid --svg "x": expected one of --svg and --json/],
    ...['0', '-1', 'abc', '3601', ''].map((value): [string[], RegExp] => [
      ['ps', `--window=${value}`],
      /invalid --window "[^"]*": expected seconds/,
    ]),
    [['ps', '--limit', '0'], /invalid --limit "0": expected an integer from 1/],
    [['pin'], /missing required argument 'PID'/],
    [['pin', 'x'], /invalid PID "x": expected the number of a process/],
    [['pin', '--restore', '--workers', '2', '1'], /option '--restore' cannot be used with option '-n, --workers <N>'/],
    [['run'], /missing required argument 'CMD'/],
  ];
  for (const [args, text] of refused) {
    it(`governor ${args.join(' ')}`, async () => {
      const { status, stdout, stderr } = await governor(args);
      assert.equal(status, 2);
      assert.equal(stdout, '');
      assert.match(stderr, /^governor: .*\n$/);
      assert.match(stderr, text);
    });
  }
});
