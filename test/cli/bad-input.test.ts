import assert from 'node:assert/strict';
import { governor } from '../helpers/processes/run.js';

describe('governor refuses bad input with one clear line and exit 2', () => {
  const refused: [string[], RegExp][] = [
    [['--bogus'], /unknown option '--bogus'/],
    [['bogus'], /"bogus" given, wanted one of banner, run/],
    [['budget', '--bogus'], /unknown option '--bogus'; see governor budget --help/],
    ...['0', '-1', '1e9', 'abc', '', '1.5', '99999999999'].map((value): [string[], RegExp] => [
      ['budget', `--workers=${value}`],
      /--workers: "[^"]*" given, wanted a whole number from 1 to 65536/,
    ]),
    [['run', '--workers', '-1', '--', 'true'], /--workers/],
    [['run', '--near', 'disk', '--', 'true'], /--near: "disk" given, wanted gpu/],
    [['budget', '--reserve=-1'], /--reserve/],
    [['budget', '--memory-per-worker', 'lots'], /--memory-per-worker: "lots" given, wanted a size such as 512M/],
    [['env', '--export', 'NAME'], /--export: "NAME" given, wanted NAME=workers/],
    [['env', '--format', 'yaml'], /--format: "yaml" given, wanted shell, docker, systemd/],
    [
      ['run', '--policy', 'near', '--', 'true'],
      /--policy: "near" given, wanted one of close, spread, physical, package, numa, l3\n/,
    ],
    [['topology', '--policy='], /--policy: "" given, wanted one of close/],
    [
      ['topology', '--svg', '/proc/none/machine.svg'],
      /--svg: "\/proc\/none\/machine\.svg" given, wanted a file that can be written/,
    ],
    [['topology', '--svg', '/'], /--svg: "\/" given, wanted a file that can be written/],
    [['topology', '--svg', 'x', '--json'], /--svg: "x" given, wanted one of --svg and --json/],
    ...['0', '-1', 'abc', '3601', ''].map((value): [string[], RegExp] => [
      ['ps', `--window=${value}`],
      /--window: "[^"]*" given, wanted seconds/,
    ]),
    [['ps', '--limit', '0'], /--limit: "0" given, wanted a whole number from 1/],
    [['pin'], /missing required argument 'PID'/],
    [['pin', 'x'], /pid: "x" given, wanted the number of a process/],
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
