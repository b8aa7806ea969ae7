import assert from 'node:assert/strict';
import { mkdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Context } from 'mocha';
import { PROGRAMS, temporaryDirectory } from '../../helpers/processes/governed.js';
import { compiled } from '../../helpers/audit/ground-truth.js';
import { requirePackages } from '../../helpers/debian.js';
import { countedStarts, ownersOf } from '../../helpers/audit/owners.js';
import { started } from '../../helpers/processes/printing.js';
import { PYTHON } from '../../helpers/shared.js';
import { requireRoot } from '../../helpers/skip.js';

const THREADS = ['gcc', '-pthread', '$/compiled/start_pthreads.c'];

function built(test: Context, command: readonly string[]): string {
  requirePackages(test, 'gcc');
  return compiled(join(temporaryDirectory(), 'program'), command);
}

function onlyChild(pid: number): number {
  return Number(readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8'));
}

describe('owners of threads in unusual processes', () => {
  it('two thousand threads', async function () {
    const program = built(this, THREADS);
    const { pid } = await started([program, '2000']);
    assert.deepEqual(countedStarts(await ownersOf(pid)), { main: 1, [`pthread wait_for_ever ${program}`]: 2000 });
  });

  it('a PID namespace, in which the threads have other numbers', async function () {
    requireRoot(this, 'make PID namespaces');
    const program = built(this, THREADS);
    const { pid } = await started(['unshare', '--pid', '--fork', '--kill-child', program, '4']);
    assert.deepEqual(countedStarts(await ownersOf(onlyChild(pid))), {
      main: 1,
      [`pthread wait_for_ever ${program}`]: 4,
    });
  });

  it('another root directory', async function () {
    requireRoot(this, 'change the root directory');
    const program = built(this, ['gcc', '-static', '-pthread', '$/compiled/start_pthreads.c']);
    const { pid } = await started(['chroot', dirname(program), '/program', '4']);
    assert.deepEqual(countedStarts(await ownersOf(pid)), { main: 1, [`pthread wait_for_ever ${program}`]: 4 });
  });

  it('a mount namespace with another root, as in a container: the path is the one the process sees', async function () {
    requireRoot(this, 'make mount namespaces');
    const root = dirname(built(this, ['gcc', '-static', '-pthread', '$/compiled/start_pthreads.c']));
    mkdirSync(join(root, 'old'));
    const enter = 'mount --bind "$1" "$1" && cd "$1" && pivot_root . old && exec /program 4';
    const { pid } = await started(['unshare', '--mount', 'sh', '-c', enter, 'sh', root]);
    assert.deepEqual(countedStarts(await ownersOf(pid)), { main: 1, 'pthread wait_for_ever /program': 4 });
  });

  it('a process whose first thread has ended', async function () {
    const program = built(this, ['gcc', '-pthread', '$/compiled/leader_ended.c']);
    const { pid } = await started([program]);
    assert.deepEqual(countedStarts(await ownersOf(pid)), { main: 1, [`pthread outlive ${program}`]: 1 });
  });

  it('a child that was forked without exec: its own threads, not those of its parent', async function () {
    const program = built(this, ['gcc', '-pthread', '$/compiled/forked.c']);
    const { pid, line } = await started([program]);
    assert.deepEqual(countedStarts(await ownersOf(pid)), { main: 1, [`pthread of_the_parent ${program}`]: 1 });
    assert.deepEqual(countedStarts(await ownersOf(Number(line))), { main: 1, [`pthread of_the_child ${program}`]: 1 });
  });

  it('a program without symbols, position-independent or not', async function () {
    for (const option of ['-pie', '-no-pie']) {
      const program = built(this, ['gcc', '-s', option, '-pthread', '$/compiled/start_pthreads.c']);
      const { pid } = await started([program, '3']);
      assert.deepEqual(countedStarts(await ownersOf(pid)), { main: 1, [`pthread  ${program}`]: 3 });
    }
  });

  it('a static, stripped program', async function () {
    const program = built(this, ['gcc', '-s', '-static', '-pthread', '$/compiled/start_pthreads.c']);
    const { pid } = await started([program, '4']);
    assert.deepEqual(countedStarts(await ownersOf(pid)), { main: 1, [`pthread  ${program}`]: 4 });
  });

  it('a hundred Python threads whose names hold brackets and line breaks', async () => {
    const { pid } = await started([PYTHON, join(PROGRAMS, 'sleeping_threads.py')]);
    const { main, ...others } = countedStarts(await ownersOf(pid));
    assert.equal(main, 1);
    assert.deepEqual(Object.values(others), [100]);
    assert.match(Object.keys(others)[0]!, /^pthread .* \/usr\/bin\/python3[\d.]*$/);
  });
});
