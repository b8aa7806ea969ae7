import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryDirectory } from '../../helpers/processes/governed.js';
import { finished } from '../../helpers/processes/run.js';
import { GOVERNOR } from '../../helpers/shared.js';

const COMMANDS = { exec: 'exec', run: 'run -q', launch: 'launch -q -n 1 --no-prefix' };

describe('descriptors that the shell has opened reach the program', () => {
  for (const [name, command] of Object.entries(COMMANDS)) {
    it(`governor ${name}: two files and a pipe, and none of governor`, async () => {
      const directory = temporaryDirectory();
      const [input, output] = [join(directory, 'in'), join(directory, 'out')];
      writeFileSync(input, 'read\n');
      const listed = 'set -- /proc/$$/fd/*; for f; do [ -e "$f" ] && echo "${f##*/}"; done';
      const program = `sh -c 'cat <&3; cat <&5; echo written >&9; ${listed}'`;
      const script = `${GOVERNOR} ${command} -- ${program} 3<${input} 9>${output} 5< <(echo piped)`;
      const { status, stdout, stderr } = await finished(['bash', '-c', script]);
      assert.equal(status, 0, stderr);
      const [read, piped, ...open] = stdout.trim().split('\n');
      assert.deepEqual([read, piped, readFileSync(output, 'utf8')], ['read', 'piped', 'written\n']);
      const plain = execFileSync('bash', ['-c', `exec sh -c '${listed}' 3<${input} 9>${output} 5< <(echo piped)`], {
        encoding: 'utf8',
      });
      assert.deepEqual(open, plain.trim().split('\n'));
    });
  }

  it("a make inside governor shares the outer make's job slots", async () => {
    const directory = temporaryDirectory();
    writeFileSync(
      join(directory, 'Makefile'),
      `all:\n\t+@${GOVERNOR} run -q -- $(MAKE) -s one two\none two:\n\t@echo $@\n`,
    );
    const { status, stdout, stderr } = await finished(['make', '-s', '-j2', '-C', directory], { MAKEFLAGS: undefined });
    assert.equal(status, 0, stderr);
    assert.deepEqual(stdout.trim().split('\n').sort(), ['one', 'two']);
    assert.equal(stderr, '', 'no word of a jobserver that is not there');
  });
});
