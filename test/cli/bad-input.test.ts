import assert from 'node:assert/strict';
import { governor } from '../helpers/processes/run.js';

/** Longer than a path may be. */
const LONG = '/x'.repeat(3000);

describe('governor refuses bad input with one clear line and exit 2', () => {
  const refused: [string[], RegExp][] = [
    [['--bogus'], /unknown option "--bogus"/],
    [['bogus'], /unknown command "bogus"; see governor --help\n/],
    [[''], /unknown command ""; see governor --help\n/],
    [['lauch'], /^governor: unknown command "lauch" \(did you mean launch\?\); see governor --help\n/],
    [['help', 'lauch'], /unknown command "lauch"/],
    [['\x1b[31mrun'], /unknown command "\\x1b\[31mrun"/],
    [['budget', '--bogus'], /unknown option "--bogus"; see governor budget --help/],
    [
      ['run', '--worker', '3', '--', 'true'],
      /^governor: unknown option "--worker" \(did you mean --workers\?\); see governor run --help\n/,
    ],
    [['exec', '-n', '2', '--', 'true'], /unknown option "-n"/],
    [['launch', '--json', '--', 'true'], /option "--json" can only be used with option "--dry-run"/],
    [['completion', 'tcsh'], /invalid SHELL "tcsh": expected one of bash, zsh, fish\n/],
    [['completion'], /missing required argument "SHELL"/],
    [['ps', '4242'], /too many arguments for "ps"/],
    ...['0', '-1', '1e9', 'abc', '', '1.5', '99999999999'].map((value): [string[], RegExp] => [
      ['budget', `--workers=${value}`],
      /invalid --workers "[^"]*": expected an integer from 1 to 65536/,
    ]),
    [['run', '--workers', '-1', '--', 'true'], /--workers/],
    [['run', '--near', 'disk', '--', 'true'], /invalid --near "disk": expected gpu/],
    [['budget', '--reserve=-1'], /--reserve/],
    [['budget', '--memory-per-worker', 'lots'], /invalid --memory-per-worker "lots": expected a size such as 512M/],
    [['env', '--export', 'NAME'], /invalid --export "NAME": expected NAME=workers/],
    [['env', '--format', 'yaml'], /invalid --format "yaml": expected one of shell, docker, systemd/],
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
    [['topology', '--svg', 'x', '--json'], /option "--svg <FILE>" cannot be used with option "--json"/],
    ...['0', '-1', 'abc', '3601', ''].map((value): [string[], RegExp] => [
      ['ps', `--window=${value}`],
      /invalid --window "[^"]*": expected seconds/,
    ]),
    [['ps', '--limit', '0'], /invalid --limit "0": expected an integer from 1/],
    [['pin'], /missing required argument "PID"/],
    [['pin', 'x'], /invalid PID "x": expected the number of a process/],
    [['pin', '--restore', '--workers', '2', '1'], /option "--restore" cannot be used with option "-n, --workers <N>"/],
    [['run'], /missing required argument "CMD"/],
    [['topology', '--sysroot', LONG], /invalid --sysroot ".*": expected a directory that can be read \(ENAMETOOLONG\)/],
    [['topology', '--host', LONG], /invalid --host ".*": expected a file that can be read/],
    [['topology', '--svg', LONG], /invalid --svg ".*": expected a file that can be written \(ENAMETOOLONG/],
    [['run', '--report', LONG, '--', 'true'], /invalid --report ".*": expected a file that can be written \(ENAMETOO/],
    [['launch', '-q', '--log-dir', LONG, '--', 'true'], /invalid --log-dir ".*": expected a directory .*ENAMETOOLONG/],
    [['budget', '--host', '/dev/zero'], /invalid --host "\/dev\/zero": expected a file of at most 64 MiB\n/],
    [['budget', '--host', '/'], /invalid --host "\/": expected a file that can be read \(EISDIR/],
  ];
  for (const [args, text] of refused) {
    it(`governor ${args.map(word => word.slice(0, 80)).join(' ')}`, async () => {
      const { status, stdout, stderr } = await governor(args);
      assert.equal(status, 2);
      assert.equal(stdout, '');
      assert.match(stderr, /^governor: .*\n$/);
      assert.match(stderr, text);
    });
  }
});
