import assert from 'node:assert/strict';
import { join } from 'node:path';
import { temporaryDirectory } from './helpers/processes/governed.js';
import { finished } from './helpers/processes/run.js';
import { PROJECT } from './helpers/shared.js';

const MOCHA = join(PROJECT, 'node_modules/mocha/bin/mocha.js');
const TESTS = [process.execPath, MOCHA, 'dist/test/system/machine/recordings.test.js'];

describe('without recordings of machines', () => {
  for (const [where, CI, expected] of [
    ['locally', undefined, 0],
    ['in CI', 'true', 3],
  ] as const) {
    it(`one line counts those left out; the run ${expected === 0 ? 'passes' : 'fails'} ${where}`, async () => {
      const directory = temporaryDirectory();
      const { status, stderr } = await finished(TESTS, { GOVERNOR_RECORDINGS: directory, CI });
      assert.deepEqual(
        { status, stderr },
        {
          status: expected,
          stderr:
            `50 tests of recorded machines left out, no recordings in ${directory}: ` +
            'set GOVERNOR_RECORDINGS=DIR (CONTRIBUTING.md)\n',
        },
      );
    });
  }
});
