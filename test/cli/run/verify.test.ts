import assert from 'node:assert/strict';
import { join } from 'node:path';
import { GovernedRun, PROGRAMS, temporaryDirectory } from '../../helpers/processes/governed.js';
import { governor } from '../../helpers/processes/run.js';
import { PYTHON } from '../../helpers/shared.js';

describe('governor run', () => {
  it('exits with 124 at the limit of --timeout, and prints one line', async () => {
    const { status, stderr } = await governor([
      'run',
      '-q',
      '--timeout',
      '0.2',
      '--grace',
      '0.1',
      '--',
      'sh',
      '-c',
      "trap '' TERM; while :; do sleep 1000; done",
    ]);
    assert.equal(status, 124);
    assert.equal(stderr, 'governor: the time limit of 0.2 s is over: everything was ended\n');
  });

  it('prints each restart of --restarts, and exits with the last status', async () => {
    const file = join(temporaryDirectory(), 'starts');
    const { status, stdout, stderr } = await governor([
      'run',
      '-q',
      '--restarts',
      '1',
      '--',
      'sh',
      '-c',
      `echo x >>${file}; wc -l <${file}; exit 4`,
    ]);
    assert.equal(status, 4);
    assert.deepEqual(stdout.match(/\d+/g), ['1', '2']);
    assert.equal(stderr, 'governor: the program failed; restarting it in 0.5 s\n');
  });

  it('does not restart a program that a passed-on signal ended', async () => {
    const run = new GovernedRun(['-q', '--restarts', '5'], ['sh', '-c', 'echo ready; exec sleep 1000']);
    await run.line();
    process.kill(run.child.pid!, 'SIGTERM');
    const { status, stderr } = await run.ended();
    assert.equal(status, 128 + 15);
    assert.equal(stderr, '');
  });

  it('reports with --enforce which worker has left its place, and for which CPUs', async () => {
    const run = new GovernedRun(
      ['--reserve', '0', '--enforce', '--verify=0.1'],
      [PYTHON, join(PROGRAMS, 'moves_away.py')],
    );
    await run.said(
      /^governor: worker \d has 1 thread outside its place \d+: allowed on \d+-\d+ .*--enforce puts them back$/,
    );
    run.child.kill('SIGTERM');
    await run.ended();
  });

  it('refuses bad times and counts before it starts anything', async () => {
    for (const [flag, value] of [
      ['--timeout', 'soon'],
      ['--restarts', '-1'],
      ['--verify', '1e3'],
      ['--grace', ''],
    ] as const) {
      const { status, stdout, stderr } = await governor(['run', `${flag}=${value}`, '--', 'echo', 'started']);
      assert.deepEqual(
        { status, stdout, lines: stderr.split('\n').length - 1 },
        { status: 2, stdout: '', lines: 1 },
        stderr,
      );
      assert.match(stderr, new RegExp(`^governor: invalid ${flag} "`));
    }
  });
});
