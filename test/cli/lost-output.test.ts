import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryDirectory } from '../helpers/processes/governed.js';
import { finished } from '../helpers/processes/run.js';
import { GOVERNOR } from '../helpers/shared.js';

/** Runs a line of shell in which `$G` is governor. */
const shell = (line: string) => finished(['sh', '-c', `G='${process.execPath} ${GOVERNOR}'; ${line}`]);
const FULL = /^governor: cannot write .*: ENOSPC: no space left on device, write\n$/;

describe('a full disk', () => {
  for (const command of [
    'status',
    'budget',
    'env',
    'ps',
    'topology --json',
    'audit $$ --window 0.1',
    'budget --json',
  ]) {
    it(`ends governor ${command} with one line and status 2, which never means over-subscribed`, async () => {
      const { status, stderr } = await shell(`$G ${command} >/dev/full`);
      assert.match(stderr, FULL);
      assert.equal(status, 2);
    });
  }
  it("never ends a program because governor's own lines are lost", async () => {
    const directory = temporaryDirectory();
    const { status } = await shell(`$G run -- sh -c 'touch ${directory}/ran; exit 3' 2>/dev/full`);
    assert.equal(status, 3);
    assert.ok(existsSync(join(directory, 'ran')));
    const launched = await shell(`$G launch -n 1 -- sh -c 'touch ${directory}/launched; exit 3' 2>/dev/full`);
    assert.equal(launched.status, 3);
    assert.ok(existsSync(join(directory, 'launched')));
  });
  it('that loses output of ranks is reported, and gives a status', async () => {
    const { status, stderr } = await shell('$G launch -q -n 1 -- echo lost >/dev/full');
    assert.match(stderr, /^governor: cannot write the ranks' output to stdout: ENOSPC: .*\n$/);
    assert.equal(status, 2);
  });
  it('that loses a log is reported, and gives a status; the rank goes on', async () => {
    const directory = temporaryDirectory();
    const rank = `seq 1000; touch ${directory}/done`;
    const { status, stderr } = await shell(
      `ulimit -f 1; $G launch -q -n 1 --quiet-ranks=0 --log-dir ${directory}/logs -- sh -c '${rank}'`,
    );
    assert.match(stderr, /governor: cannot write the log of rank 0: EFBIG: .*\n$/);
    assert.equal(status, 2);
    assert.ok(existsSync(join(directory, 'done')));
  });
});

describe('--log-dir', () => {
  const logs = (directory: string) => shell(`$G launch -q -n 1 --log-dir ${directory} -- echo output`);

  it('writes to no file that a link leads to', async () => {
    const directory = temporaryDirectory();
    writeFileSync(join(directory, 'other'), 'untouched');
    symlinkSync('other', join(directory, 'rank-0.log'));
    const { status, stderr } = await logs(directory);
    assert.match(stderr, /^governor: invalid --log-dir .*ELOOP.*\n$/);
    assert.equal(status, 2);
    assert.equal(readFileSync(join(directory, 'other'), 'utf8'), 'untouched');
  });
  it('waits for no reader of a pipe', async () => {
    const directory = temporaryDirectory();
    await shell(`mkfifo ${directory}/rank-0.log`);
    const { status, stderr } = await logs(directory);
    assert.match(stderr, /^governor: invalid --log-dir .*\n$/);
    assert.equal(status, 2);
  });
  it('replaces the log of an earlier launch', async () => {
    const directory = temporaryDirectory();
    writeFileSync(join(directory, 'rank-0.log'), 'an earlier launch wrote much more\n');
    assert.equal((await logs(directory)).status, 0);
    assert.deepEqual(readdirSync(directory), ['rank-0.log']);
    assert.equal(readFileSync(join(directory, 'rank-0.log'), 'utf8'), 'output\n');
  });
});
