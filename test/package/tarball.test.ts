import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { succeeded } from '../helpers/package/package.js';
import { packedProject } from '../helpers/package/packed.js';
import { PROJECT } from '../helpers/shared.js';

describe('the package', function () {
  this.timeout(400_000);
  let files: string[] = [];
  let addon = '';

  before('npm run prebuild and npm pack, in a copy', async () => ({ files, addon } = await packedProject()));

  describe('its tarball', () => {
    for (const name of [
      'package.json',
      'README.md',
      'LICENSE',
      'binding.gyp',
      'dist/lib/index.js',
      'dist/lib/index.d.ts',
      'bin/governor.js',
      'dist/lib/cli/starting.cjs',
      'dist/lib/cli/governor.cjs',
      'dist/lib/cli/LICENSES.txt',
      'dist/lib/system/launch/worker-preload.js',
    ]) {
      it(`holds ${name}`, () => assert(files.includes(name)));
    }
    it('holds the prebuilt addon, and no other', () => {
      assert.deepEqual(files.filter(name => name.startsWith('prebuilds/')).sort(), [
        'prebuilds/linux-x64/lend.so',
        'prebuilds/linux-x64/thread-governor.glibc.node',
      ]);
    });
    it('holds a module for each file of lib/', () => {
      const modules = readdirSync(join(PROJECT, 'lib'), { recursive: true, encoding: 'utf8' }).filter(name =>
        name.endsWith('.ts'),
      );
      assert.deepEqual(
        modules.map(name => `dist/lib/${name.replace(/\.ts$/, '.js')}`).filter(name => !files.includes(name)),
        [],
      );
    });
    it('holds every page of docs/', () => {
      const pages = readdirSync(join(PROJECT, 'docs'), { recursive: true, encoding: 'utf8' }).filter(name =>
        /\.\w+$/.test(name),
      );
      assert(pages.length > 0);
      assert.deepEqual(
        pages.filter(page => !files.includes(`docs/${page}`)),
        [],
      );
    });
    it('holds nothing else: no tests, no fixtures, no build outputs, no node_modules', () => {
      const wanted = [
        /^(package\.json|README\.md|LICENSE|binding\.gyp)$/,
        /^bin\/(governor\.js|install\.js|package\.json)$/,
        /^dist\/lib\/cli\/(starting\.cjs|governor\.cjs|LICENSES\.txt)$/,
        /^dist\/lib\/.*\.(js|d\.ts)$/,
        /^native\/(?!test\/).*\.(cc|c|h|json|map)$/,
        /^prebuilds\/.*\.(node|so)$/,
        /^docs\/.*\.(md|svg|png)$/,
        /^man\/.*\.1$/,
      ];
      assert.deepEqual(
        files.filter(name => !wanted.some(pattern => pattern.test(name))),
        [],
      );
    });
  });

  describe('its addon', () => {
    /** The newest versions that Node 20's own binaries need: glibc 2.28 and libraries of GCC 8 (Node's BUILDING.md). */
    const newest = { GLIBC: '2.28', GLIBCXX: '3.4.25', CXXABI: '1.3.11', GCC: '7.0.0' };

    it('needs nothing newer than GLIBC_2.28 and GLIBCXX_3.4.25', async () => {
      const { stdout } = await succeeded(['objdump', '-T', addon]);
      const needed = [...stdout.matchAll(/\b([A-Z]+)_(\d[\d.]*)\b/g)].map(([, family, version]) => ({
        family: family!,
        version: version!,
      }));
      assert(needed.some(({ family }) => family === 'GLIBC'));
      const older = (version: string, than: string) => version.localeCompare(than, 'en', { numeric: true }) <= 0;
      assert.deepEqual(
        needed.filter(({ family, version }) => !older(version, newest[family as keyof typeof newest] ?? '0')),
        [],
      );
    });
    it('needs no library but those of C and C++', async () => {
      const { stdout } = await succeeded(['objdump', '-p', addon]);
      const needed = [...stdout.matchAll(/NEEDED\s+(\S+)/g)].map(([, name]) => name!);
      assert(needed.includes('libc.so.6'));
      assert.deepEqual(
        needed.filter(name => !/^lib(c|m|pthread|dl|stdc\+\+|gcc_s)\.so\.\d+$/.test(name)),
        [],
      );
    });
    it("exports Node-API's entry points and nothing else", async () => {
      const { stdout } = await succeeded(['nm', '-D', '--defined-only', addon]);
      const exported = stdout
        .trim()
        .split('\n')
        .map(line => line.split(' ').at(-1));
      assert.deepEqual(exported.sort(), ['napi_register_module_v1', 'node_api_module_get_api_version_v1']);
    });
  });
});
