import assert from 'node:assert/strict';
import { joinBareFlags } from '../../../lib/cli/bare-flags.js';
import { launchSpec } from '../../../lib/cli/specs/launch.js';
import { governor } from '../../helpers/processes/run.js';

describe('a flag whose value may be left out', () => {
  const joined = (words: string) => joinBareFlags(words.split(' '), launchSpec).join(' ');
  const cases: [string, string][] = [
    ['--verify ./train', '--verify=10 ./train'],
    ['--verify=3 ./train', '--verify=3 ./train'],
    ['--verify -q ./train', '--verify=10 -q ./train'],
    ['--quiet-ranks true', '--quiet-ranks=1-65535 true'],
    ['-n 4 --verify ./train', '-n 4 --verify=10 ./train'],
    ['-n4 --verify ./train', '-n4 --verify=10 ./train'],
    ['-qn 4 --verify ./train', '-qn 4 --verify=10 ./train'],
    ['-q --verify ./train', '-q --verify=10 ./train'],
    ['--log-dir --verify ./train', '--log-dir --verify ./train'],
    ['--policy=numa --verify ./train', '--policy=numa --verify=10 ./train'],
    ['-- --verify 5', '-- --verify 5'],
    ['./train --verify 5', './train --verify 5'],
    ['-n 2 ./train --verify', '-n 2 ./train --verify'],
    ['--verify', '--verify=10'],
    ['--wait ./train', '--wait=forever ./train'],
    ['--wait=60 ./train', '--wait=60 ./train'],
    ['--wait 60', '--wait=forever 60'],
  ];
  for (const [words, wanted] of cases) {
    it(`${words}: ${wanted}`, () => {
      assert.equal(joined(words), wanted);
    });
  }
  it('does not take the name of the program for its value', async () => {
    assert.equal((await governor(['run', '-q', '--share', '--verify', 'echo', 'ran'])).stdout, 'ran\n');
    const launched = await governor(['launch', '-q', '--share', '-n', '2', '--quiet-ranks', 'echo', 'ran']);
    assert.equal(launched.stdout, '[0] ran\n');
  });
});
