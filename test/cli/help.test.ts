import assert from 'node:assert/strict';
import { SPECS } from '../../lib/cli/specs/all.js';
import { finished, governor } from '../helpers/processes/run.js';
import { GOVERNOR } from '../helpers/shared.js';

describe('governor --help', () => {
  for (const command of ['', ...SPECS.map(({ name }) => name)]) {
    it(`governor ${command} --help prints usage and examples, and exits with 0`, async () => {
      const { status, stdout, stderr } = await governor([...command.split(' ').filter(Boolean), '--help']);
      assert.deepEqual({ status, stderr }, { status: 0, stderr: '' });
      assert.match(stdout, /^Usage: governor/);
      assert.match(stdout, /^Examples:\n {2}\S/m);
      assert.match(stdout, /^Exit status:\n {2}\S/m);
      assert.match(stdout, /^ {2}-h, --help +print help$/m);
      for (const line of stdout.split('\n')) assert.ok(line.length <= 100, line);
    });
  }
  it('governor help COMMAND prints the same', async () => {
    assert.equal((await governor(['help', 'run'])).stdout, (await governor(['run', '--help'])).stdout);
  });

  it('--version prints the version of the package', async () => {
    assert.match((await governor(['--version'])).stdout, /^\d+\.\d+\.\d+\n$/);
  });
});

describe('colours', () => {
  const coloured = async (environment: NodeJS.ProcessEnv) =>
    /\x1b\[/.test((await governor(['audit', '--window', '0.05', String(process.pid)], environment)).stdout);

  it('are off if the output is no terminal, or NO_COLOR is set', async () => {
    assert.equal(await coloured({}), false);
    assert.equal(await coloured({ NO_COLOR: '1', FORCE_COLOR: '1' }), false);
  });
  it('are on for a terminal', async () => {
    const { stdout } = await finished(
      ['script', '-qec', `${process.execPath} ${GOVERNOR} audit --window 0.05 ${process.pid}`, '/dev/null'],
      { NO_COLOR: undefined, TERM: 'xterm' },
    );
    assert.match(stdout, /\x1b\[/);
  });
});

describe('a command whose output is not read to its end', () => {
  it('ends without an error', async () => {
    const { stdout } = await finished(['bash', '-c', `"$0" env 2>&1 | head -n 1; echo "\${PIPESTATUS[0]}"`, GOVERNOR]);
    assert.equal(stdout, 'export OMP_NUM_THREADS=1\n0\n');
  });
});
