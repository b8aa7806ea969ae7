import assert from 'node:assert/strict';
import { join } from 'node:path';
import { temporaryDirectory } from './helpers/processes/governed.js';
import { finished } from './helpers/processes/run.js';
import { PROJECT } from './helpers/shared.js';

const PREFLIGHT = [process.execPath, join(PROJECT, 'dist/test/helpers/preflight.js')];

describe('the check before the first test', () => {
  it('accepts a machine with all programs that most tests need', async () => {
    const { status, stderr } = await finished(PREFLIGHT);
    assert.deepEqual({ status, stderr }, { status: 0, stderr: '' });
  });

  it('prints each missing program with its Debian package, and runs no test', async () => {
    const { status, stderr } = await finished(PREFLIGHT, { PATH: temporaryDirectory() });
    assert.deepEqual(
      { status, stderr },
      {
        status: 2,
        stderr: [
          'npm test: util-linux is missing: sudo apt-get install util-linux (test/debian-packages.txt)\n',
          'npm test: procps is missing: sudo apt-get install procps (test/debian-packages.txt)\n',
        ].join(''),
      },
    );
  });

  it('refuses a GOVERNOR_TEST_TIMES that is no number', async () => {
    const { status, stderr } = await finished(PREFLIGHT, { GOVERNOR_TEST_TIMES: 'x' });
    assert.deepEqual(
      { status, stderr },
      {
        status: 2,
        stderr: 'npm test: invalid GOVERNOR_TEST_TIMES "x": expected a number above 0\n',
      },
    );
  });
});
