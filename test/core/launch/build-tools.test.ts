import assert from 'node:assert/strict';
import { hasJobserver, limitedByNproc, toolSizedByNproc } from '../../../lib/core/launch/build-tools.js';
import { made, sh, tree, type Made } from '../../helpers/processes/trees.js';

const tool = (program: string, words: string, ...children: Made[]) =>
  made(program, program, words === '' ? [] : words.split(' '), children);
const found = (root: Made) => limitedByNproc(tree(root), 1);

describe('build tools that run no more jobs than nproc prints', () => {
  it('make with that number, however it is written, or with none', () => {
    for (const words of ['-j1 all', '-j 1 all', '--jobs=1', '--jobs 1', '', 'all'])
      assert.equal(found(sh('sh', 'make -j$(nproc)', tool('make', words))), 'make', words);
  });
  it('other tools with that number; without one they count CPUs themselves', () => {
    for (const [program, words] of [
      ['cmake', '--build . --parallel 1'],
      ['cargo', 'build -j1'],
      ['ninja', '-j1'],
      ['xargs', '-P 1 gzip'],
    ] as const)
      assert.equal(found(sh('sh', '…', tool(program, words))), program);
    for (const program of ['cmake', 'cargo', 'ninja']) assert.equal(found(sh('sh', '…', tool(program, 'all'))), null);
  });
  it('nproc itself', () => assert.equal(found(sh('sh', 'n=$(nproc)', tool('nproc', ''))), 'nproc'));
  it('not if the user gave another number, or no limit', () => {
    for (const words of ['-j12', '-j 4 all', '--jobs=2', '-j', '-j all'])
      assert.equal(found(sh('sh', 'make', tool('make', words))), null, words);
  });
  it('not what a tool starts, which shares its jobs', () => {
    assert.equal(found(tool('make', '-j12', sh('sh', 'cd sub && make', tool('make', '-C sub')))), null);
  });
  it('not below an outer make, whose jobs all makes share', () => {
    assert.equal(hasJobserver(' -j2 --jobserver-auth=fifo:/tmp/GMfifo1'), true);
    assert.equal(hasJobserver('rR --jobserver-fds=3,4 -j'), true);
    for (const flags of [undefined, '', 'ks', '-j2']) assert.equal(hasJobserver(flags), false);
  });
  it('in a script that names both, except in comments', () => {
    for (const [script, tool] of [
      ['make -j$(nproc)', 'make'],
      ['n=`/usr/bin/nproc --ignore=1`\ncd src && ninja -j "$n"', 'ninja'],
      ['cmake --build . --parallel $(nproc)', 'cmake'],
      ['make -j4', null],
      ['# make\npython3 train.py --workers $(nproc)', null],
      ['cmakelist $(nproc)', null],
      ['make -j$(nproc) && python3 train.py', null],
    ] as const)
      assert.equal(toolSizedByNproc(script), tool, script);
  });
  it('not other programs', () => assert.equal(found(sh('sh', 'python3 -j1', tool('python3', '-j1'))), null));
});
