import assert from 'node:assert/strict';
import { cpSync, mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { ranIn } from '../helpers/package/package.js';
import { temporaryDirectory } from '../helpers/processes/governed.js';
import { nodeOf } from '../helpers/processes/nodes.js';
import { PROJECT } from '../helpers/shared.js';

interface Situation {
  node?: string;
  /** the only programs on PATH */
  programs?: readonly string[];
  /** files of the project that are there too */
  files?: readonly string[];
}

/** What the install script prints for a package without an addon; it must fail. */
async function refused({ node = process.execPath, programs = [], files = [] }: Situation): Promise<string> {
  const directory = temporaryDirectory();
  for (const name of ['bin', 'package.json', ...files]) {
    cpSync(join(PROJECT, name), join(directory, name), { recursive: true });
  }
  symlinkSync(join(PROJECT, 'node_modules'), join(directory, 'node_modules'));
  const path = join(directory, 'path');
  mkdirSync(path);
  symlinkSync('/usr/bin/env', join(path, 'env'));
  for (const name of programs) symlinkSync('/bin/false', join(path, name));
  const environment = { PATH: path, CXX: undefined, MAKE: undefined, PYTHON: undefined };
  const { status, stdout, stderr } = await ranIn(directory, [node, 'bin/install.js'], environment);
  assert.deepEqual({ status, stdout }, { status: 1, stdout: '' }, stderr);
  return stderr;
}

describe('the install script prints in one line what is missing', () => {
  it('to build the addon: a C++ compiler, make, Python', async () => {
    assert.equal(
      await refused({}),
      'thread-governor: no C++ compiler, no make, no Python 3 to build the addon with; ' +
        'on Debian: sudo apt-get install g++ make python3\n',
    );
    assert.equal(
      await refused({ programs: ['clang++', 'python3'] }),
      'thread-governor: no make to build the addon with; ' + 'on Debian: sudo apt-get install make\n',
    );
  });

  it('to compile a clone: a Node later than 20.0', async () => {
    const node = await nodeOf('20.0.0');
    assert.equal(
      await refused({ node, files: ['tsconfig.json'] }),
      'thread-governor: a clone needs Node 20.19 or later, and this is v20.0.0; see https://nodejs.org\n',
    );
    assert.match(await refused({ node }), /^thread-governor: no C\+\+ compiler/, 'the package itself does not');
  });
});
