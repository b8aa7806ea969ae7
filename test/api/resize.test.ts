import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { resize, type ResizeOptions, type ResizeResult } from '../../lib/index.js';
import { PROGRAMS, temporaryDirectory } from '../helpers/processes/governed.js';
import { Asked } from '../helpers/processes/asked.js';
import { badInputError } from '../helpers/property.js';
import { PYTHON } from '../helpers/shared.js';
import { times } from '../helpers/times.js';

const LIBRARIES = '/usr/lib/x86_64-linux-gnu';
/** What OpenBLAS would start on a larger machine: it does not start more than the machine has CPUs. */
const THREADS = { OPENBLAS_NUM_THREADS: '2', BLIS_NUM_THREADS: '2', OMP_NUM_THREADS: '3' };

const sizes = (words: readonly string[], environment: NodeJS.ProcessEnv = {}) =>
  Asked.start([PYTHON, join(PROGRAMS, 'pools', 'pool_sizes.py'), ...words], { ...THREADS, ...environment });

/** A program of C with that OpenMP runtime. */
function team(compiler: string): string {
  const program = join(temporaryDirectory(), 'team');
  execFileSync(compiler, ['-fopenmp', '-O1', '-o', program, join(PROGRAMS, 'pools', 'team_sizes.c')]);
  return program;
}

/** What was found: `OpenBLAS 2 → 1, libgomp 3`. */
function found({ processes }: ResizeResult): string {
  const pools = processes.flatMap(process => process.pools);
  return pools
    .map(({ library, before, after }) => `${library} ${before === after ? before : `${before} → ${after}`}`)
    .sort()
    .join(', ');
}

beforeEach(() => {
  process.env['XDG_RUNTIME_DIR'] = temporaryDirectory();
});

describe('resize changes the size that the program itself reads', () => {
  const cases: [string, () => Promise<Asked>, before: string, after: string][] = [
    ['OpenBLAS with threads', () => sizes(['numpy']), 'OpenBLAS 2', 'OpenBLAS 1'],
    ['BLIS', () => sizes([`${LIBRARIES}/blis-pthread/libblis.so.4`]), 'BLIS 2', 'BLIS 1'],
    ['sklearn, with two libraries', () => sizes(['sklearn']), 'OpenBLAS 2, OpenMP 3', 'OpenBLAS 1, OpenMP 1'],
    ['torch', () => sizes(['torch']), 'OpenBLAS 2, OpenMP 3, torch 3', 'OpenBLAS 1, OpenMP 1, torch 1'],
    [
      'torch whose code sets a number',
      () => sizes(['torch=2']),
      'OpenBLAS 2, OpenMP 2, torch 2',
      'OpenBLAS 1, OpenMP 1, torch 1',
    ],
    ['libgomp, and its next team', () => Asked.start([team('gcc')], THREADS), '3 3', '1 1'],
    ['libgomp of a thread that sets a number', () => Asked.start([team('gcc'), '2'], THREADS), '2 2', '1 1'],
    ['libomp, and its next team', () => Asked.start([team('clang')], THREADS), '3 3', '1 1'],
    ['libomp of a thread that sets a number', () => Asked.start([team('clang'), '2'], THREADS), '2 2', '1 1'],
  ];
  for (const [what, start, before, after] of cases) {
    it(`of ${what}, and undo changes it back`, async () => {
      const program = await start();
      assert.equal(await program.ask(), before);
      const result = await resize(program.pid, { threads: 1 });
      assert.equal(await program.ask(), after, found(result));
      assert.deepEqual(result.processes[0]!.problem, null);
      await resize(program.pid, { undo: true });
      assert.equal(await program.ask(), before);
    });
  }

  it("of OpenBLAS with OpenMP by libgomp's, which it takes over with its next work", async () => {
    const program = await sizes(['numpy'], {
      LD_LIBRARY_PATH: `${LIBRARIES}/openblas-openmp`,
      OPENBLAS_NUM_THREADS: undefined,
    });
    assert.equal(await program.ask(), 'OpenBLAS 3, OpenMP 3');
    await resize(program.pid, { threads: 2 });
    assert.equal(await program.ask(), 'OpenBLAS 2, OpenMP 2');
  });
  it('of two copies of a library in one process', async () => {
    const copy = join(temporaryDirectory(), 'libopenblas-copy.so');
    copyFileSync(`${LIBRARIES}/openblas-pthread/libopenblas.so.0`, copy);
    const program = await sizes(['numpy', copy]);
    assert.equal(await program.ask(), 'OpenBLAS 2, OpenBLAS 2');
    assert.equal(found(await resize(program.pid, { threads: 1 })), 'OpenBLAS 2 → 1, OpenBLAS 2 → 1');
    assert.equal(await program.ask(), 'OpenBLAS 1, OpenBLAS 1');
  });
  it('upwards too, where the library starts threads when it needs them', async () => {
    const program = await Asked.start([team('gcc')], THREADS);
    await resize(program.pid, { threads: 7 });
    assert.equal(await program.ask(), '7 7');
  });
  it('of a program that is stopped, once it goes on', async () => {
    const program = await sizes(['numpy']);
    process.kill(program.pid, 'SIGSTOP');
    await resize(program.pid, { threads: 1 });
    process.kill(program.pid, 'SIGCONT');
    assert.equal(await program.ask(), 'OpenBLAS 1');
  });
});

describe('resize does no more than it was asked', () => {
  const unchanged = async (options: ResizeOptions, expected: string) => {
    const program = await sizes(['sklearn']);
    const before = await program.ask();
    assert.equal(found(await resize(program.pid, options)), expected);
    assert.equal(await program.ask(), before);
  };
  it('without options it reports the pools', () => unchanged({}, 'OpenBLAS 2, libgomp 3'));
  it('with dryRun it reports what they would get', () =>
    unchanged({ threads: 1, dryRun: true }, 'OpenBLAS 2 → 1, libgomp 3 → 1'));
  it('of one library', async () => {
    const program = await sizes(['sklearn']);
    await resize(program.pid, { threads: 1, library: 'openblas' });
    assert.equal(await program.ask(), 'OpenBLAS 1, OpenMP 3');
  });
  it('OpenBLAS gets no more threads than it has started', async () => {
    const program = await sizes(['numpy']);
    const { processes } = await resize(program.pid, { threads: 100 });
    assert.deepEqual(
      processes[0]!.pools.map(({ before, after, wanted, most }) => ({ before, after, wanted, most })),
      [{ before: 2, after: 2, wanted: 100, most: 2 }],
    );
    assert.equal(await program.ask(), 'OpenBLAS 2');
  });
  it('undo gives back the sizes from before the first of several', async () => {
    const program = await Asked.start([team('gcc')], THREADS);
    await resize(program.pid, { threads: 2 });
    await resize(program.pid, { threads: 1 });
    await resize(program.pid, { undo: true });
    assert.equal(await program.ask(), '3 3');
    await assert.rejects(resize(program.pid, { undo: true }), { code: 'NOT_SAVED', message: /nothing to undo/ });
  });
  it('a program without such pools has none', async () => {
    const program = await Asked.start(['sh', '-c', 'echo ready; read line']);
    const { processes } = await resize(program.pid, { threads: 1 });
    assert.deepEqual(
      processes.map(({ pools, fixed, problem }) => ({ pools, fixed, problem })),
      [{ pools: [], fixed: [], problem: null }],
    );
  });
  it('of this process it reads what is loaded', async () => {
    const { processes } = await resize(process.pid);
    assert.equal(processes[0]!.pid, process.pid);
  });
});

describe('resize refuses', () => {
  const bad: [ResizeOptions, RegExp][] = [
    [{ threads: 0 }, /^invalid threads 0: expected an integer from 1 to 4096$/],
    [{ threads: 1.5 }, /1\.5/],
    [{ threads: 4097 }, /4097/],
    [{ threads: 1, undo: true }, /one of threads, budget and undo/],
    [{ threads: 1, budget: true }, /one of threads, budget and undo/],
    [{ budget: true, undo: true }, /one of threads, budget and undo/],
    [{ library: 'rayon' }, /^invalid library "rayon": expected one of OpenBLAS, BLIS, libgomp, libomp, lib/],
    [{ library: 'OpenBLAS', undo: true }, /all pools/],
  ];
  for (const [options, text] of bad) {
    it(JSON.stringify(options), () => assert.rejects(resize(process.pid, options), badInputError(text)));
  }
  it('a process that does not exist', () => assert.rejects(resize(4_000_000), { code: 'NO_SUCH_PROCESS' }));
  it('once its signal is aborted', () =>
    assert.rejects(resize(process.pid, { signal: AbortSignal.abort(new Error('enough')) }), { message: 'enough' }));
});

describe('a pool that is resized while it computes', () => {
  const TIMES = times(50);
  it(`yields the same results, ${TIMES} times`, async function () {
    this.timeout(TIMES * 1000);
    const program = await Asked.start([PYTHON, join(PROGRAMS, 'pools', 'same_products.py')], THREADS);
    let products = 0;
    for (let time = 0; time < TIMES; time++) {
      await resize(program.pid, { threads: 1 + (time % 2) });
      const [made, wrong] = (await program.ask()).split(' ').map(Number);
      assert.equal(wrong, 0);
      products += made!;
    }
    assert.ok(products > TIMES, `${products} products`);
  });
});
