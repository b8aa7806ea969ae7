import assert from 'node:assert/strict';
import { cpSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { SPECS } from '../../lib/cli/specs/all.js';
import { madeHost } from '../helpers/machine/hosts.js';
import { ranIn, succeededIn, Workbench } from '../helpers/package/package.js';
import { PROJECT } from '../helpers/shared.js';

/** The state of the file at the addon's path. */
type Damage = 'missing' | 'corrupt' | 'cut off' | 'foreign';

const ADDON = 'build/Release/thread-governor.node';
/** Loads as an addon, but is not ours: its module is empty. */
const FOREIGN = 'void *napi_register_module_v1(void *env, void *exports) { return exports; }\n';
const require = createRequire(import.meta.url);

describe('without a usable addon', () => {
  const bench = new Workbench();
  let copy: string;

  before('copy what is packed, without the addon', async () => {
    copy = bench.directory('addon');
    for (const name of ['bin', 'package.json']) cpSync(join(PROJECT, name), join(copy, name), { recursive: true });
    cpSync(join(PROJECT, 'dist/lib'), join(copy, 'dist/lib'), { recursive: true });
    symlinkSync(join(PROJECT, 'node_modules'), join(copy, 'node_modules'));
    writeFileSync(join(copy, 'foreign.c'), FOREIGN);
    await succeededIn(copy, ['gcc', '-shared', '-fPIC', '-o', 'foreign.node', 'foreign.c']);
    writeFileSync(join(copy, 'machine.json'), JSON.stringify(madeHost({ cores: 4, threads: 2 })));
  });
  after(() => bench.remove());

  const damage: Record<Damage, () => void> = {
    missing: () => {},
    corrupt: () => writeFileSync(join(copy, ADDON), 'garbage, of more bytes than a header of ELF has '.repeat(9)),
    'cut off': () => writeFileSync(join(copy, ADDON), readFileSync(builtAddon()).subarray(0, 4096)),
    foreign: () => cpSync(join(copy, 'foreign.node'), join(copy, ADDON)),
  };
  /** One line that names the file, the cause and the remedy. */
  const said: Record<Damage, RegExp> = {
    missing: /^governor: no native addon for \S+ in \S+: reinstall thread-governor, or build it with npm rebuild .*\n$/,
    corrupt:
      /^governor: cannot load the native addon \S+\.node: .*(invalid ELF header|not a mach-o).*; reinstall .*\n$/,
    'cut off': /^governor: cannot load the native addon \S+\.node: it is cut off; reinstall .*\n$/,
    foreign: /^governor: cannot load the native addon \S+\.node: it is the addon of something else.*; reinstall .*\n$/,
  };
  const governor = (words: readonly string[]) => ranIn(copy, [process.execPath, 'bin/governor.js', ...words]);

  for (const kind of Object.keys(damage) as Damage[]) {
    describe(`(${kind})`, () => {
      before(() => {
        rmSync(join(copy, 'build'), { recursive: true, force: true });
        mkdirSync(join(copy, 'build/Release'), { recursive: true });
        damage[kind]();
      });

      for (const words of [
        ['--help'],
        ['--version'],
        ['help', 'run'],
        ...SPECS.map(({ name }) => [name, '--help']),
        ['completion', 'bash'],
        ...['banner', 'env', 'budget', 'topology'].map(name => [name, '--host', 'machine.json']),
      ]) {
        it(`governor ${words.join(' ')} works`, async () => {
          const { status, stdout, stderr } = await governor(words);
          assert.deepEqual({ status, stderr }, { status: 0, stderr: '' });
          assert.notEqual(stdout, '');
        });
      }
      it('the library can be imported, and throws ADDON_MISSING when it is used', async () => {
        const script =
          "import { budget, THREAD_VARIABLES } from 'thread-governor'; console.log(THREAD_VARIABLES.length > 5);" +
          'try { budget() } catch (error) { console.log(error.name, error.code) }';
        const { status, stdout, stderr } = await ranIn(copy, [process.execPath, '--input-type=module', '-e', script]);
        assert.deepEqual({ status, stderr }, { status: 0, stderr: '' });
        assert.equal(stdout, 'true\nGovernorError ADDON_MISSING\n');
      });
      for (const words of [
        [],
        ['run', '--', 'true'],
        ['launch', '--', 'true'],
        ['launch', '--dry-run', '--', 'true'],
        ['exec', '--', 'true'],
        ['audit', '1'],
        ['watch', '1'],
        ['pin', '1'],
        ['ps'],
        ['budget'],
        ['env'],
        ['env', '--sysroot', '.'],
        ['status'],
        ['topology'],
      ]) {
        it(`governor ${words.join(' ')} prints the file, the cause and the remedy, and exits with 2`, async () => {
          const { status, stdout, stderr } = await governor(words);
          assert.deepEqual({ status, stdout }, { status: 2, stdout: '' });
          assert.match(stderr, said[kind]);
        });
      }
    });
  }
});

function builtAddon(): string {
  return (require('node-gyp-build') as { resolve(directory: string): string }).resolve(PROJECT);
}
