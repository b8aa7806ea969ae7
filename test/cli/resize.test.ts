import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import type { ResizeResult } from '../../lib/index.js';
import { resize } from '../../lib/index.js';
import { Asked } from '../helpers/processes/asked.js';
import { PROGRAMS, temporaryDirectory } from '../helpers/processes/governed.js';
import { governor } from '../helpers/processes/run.js';
import { PYTHON } from '../helpers/shared.js';

/** A program with a worker that it has forked; each has an OpenBLAS with two threads. */
const TREE = `
import os, sys, threadpoolctl, numpy
numpy.ones((200, 200)) @ numpy.ones((200, 200))
if worker := os.fork():
    print("ready", worker, flush=True)
for line in sys.stdin:
    print(threadpoolctl.threadpool_info()[0]["num_threads"], flush=True)
`;

let runtime: string;
beforeEach(() => (runtime = temporaryDirectory()));

const governed = (...words: string[]) => governor(['resize', ...words], { XDG_RUNTIME_DIR: runtime });
const numpy = () =>
  Asked.start([PYTHON, join(PROGRAMS, 'pools', 'pool_sizes.py'), 'numpy'], {
    OPENBLAS_NUM_THREADS: '2',
    OMP_NUM_THREADS: undefined,
  });

describe('governor resize', () => {
  it('shows the pools of a program, and changes nothing', async () => {
    const { pid } = await numpy();
    const { status, stdout, stderr } = await governed(String(pid));
    assert.deepEqual({ status, stderr }, { status: 0, stderr: '' });
    assert.match(stdout, new RegExp(`^ *PID +PROGRAM +POOL +THREADS\n *${pid} +python3 +OpenBLAS +2\n`));
    assert.match(stdout, new RegExp(`\npython3 \\(pid ${pid}\\): 1 pool that can be resized\n$`));
  });
  it('resizes them with --threads, prints before and after, and --undo takes it back', async () => {
    const program = await numpy();
    const { status, stdout } = await governed('--threads', '1', String(program.pid));
    assert.equal(status, 0);
    assert.match(stdout, / OpenBLAS +2 → 1\n/);
    assert.ok(stdout.endsWith(`1 pool resized; governor resize --undo ${program.pid} takes it back\n`), stdout);
    assert.equal(await program.ask(), 'OpenBLAS 1');
    assert.match(
      (await governed('--undo', String(program.pid))).stdout,
      /1 → 2\n.*1 pool back at the size from before/,
    );
    assert.equal(await program.ask(), 'OpenBLAS 2');
  });
  it('resizes those of one library with --library', async () => {
    const { pid } = await numpy();
    assert.match(
      (await governed('--threads', '1', '--library', 'libgomp', String(pid))).stdout,
      /1 pool that can be resized\n$/,
    );
    assert.match((await governed('--threads', '1', '--library', 'OpenBLAS', String(pid))).stdout, /1 pool resized/);
  });
  it('exits with 1 and says why, if a pool cannot have so many threads', async () => {
    const { pid } = await numpy();
    const { status, stdout } = await governed('--threads', '8', String(pid));
    assert.equal(status, 1);
    assert.match(stdout, /OpenBLAS cannot have 8 threads: it has started 2 threads and cannot start more\n/);
  });
  it('resizes the pools of descendants; --budget by the share of each worker', async () => {
    const { pid, line } = await Asked.start([PYTHON, '-c', TREE], { OPENBLAS_NUM_THREADS: '2' });
    const worker = Number(line.split(' ')[1]);
    const { stdout } = await governed('--threads', '1', '--json', String(pid));
    const { processes } = JSON.parse(stdout) as ResizeResult;
    assert.deepEqual(
      processes.map(process => [process.pid, process.pools.map(({ after }) => after)]),
      [
        [pid, [1]],
        [worker, [1]],
      ],
    );
    const dry = JSON.parse((await governed('--budget', '--dry-run', '--json', String(pid))).stdout) as ResizeResult;
    assert.ok(dry.processes.every(({ pools }) => pools.every(({ wanted }) => wanted !== null && wanted >= 1)));
  });
  it('says why the other pools stay as they are', async () => {
    const program = join(temporaryDirectory(), 'tbb');
    execFileSync('g++', ['-O1', '-o', program, join(PROGRAMS, 'tbb_loop.cc'), '-ltbb', '-lpthread']);
    const { pid } = await Asked.start([program]);
    const { status, stdout } = await governed('--threads', '1', String(pid));
    assert.equal(status, 0);
    assert.match(stdout, /: TBB stays at \d+ threads?: each of its arenas has its own size\n/);
    assert.match(stdout, /: no pool that can be resized\n$/);
  });
  it('--json prints what the library returns', async () => {
    const { pid } = await numpy();
    const { stdout } = await governed('--json', String(pid));
    assert.deepEqual(JSON.parse(stdout), await resize(pid));
  });

  const refused: [string[], RegExp][] = [
    [[], /missing required argument "PID"/],
    [['x'], /invalid PID "x": expected the number of a process/],
    [['--threads', '0', '1'], /invalid --threads "0": expected an integer from 1 to 4096/],
    [['--threads', '1', '--undo', '1'], /option "--threads <N>" cannot be used with option "--undo"/],
    [['--library', 'MKL', '1'], /invalid --library "MKL": expected one of OpenBLAS, BLIS, libgomp, libomp, libiomp5/],
  ];
  for (const [words, text] of refused) {
    it(`refuses ${words.join(' ') || 'no PID'} with one line`, async () => {
      const { status, stdout, stderr } = await governed(...words);
      assert.deepEqual({ status, stdout }, { status: 2, stdout: '' });
      assert.match(stderr, text);
      assert.equal(stderr.split('\n').length, 2, stderr);
    });
  }
});

if (process.geteuid?.() === 0)
  describe('governor resize as root', () => {
    const theirs = () =>
      Asked.start(
        ['setpriv', '--reuid', '65534', '--clear-groups', PYTHON, join(PROGRAMS, 'pools', 'pool_sizes.py'), 'numpy'],
        {
          OPENBLAS_NUM_THREADS: '2',
        },
      );
    it("leaves another user's program alone, unless that is meant", async () => {
      const program = await theirs();
      const { status, stdout, stderr } = await governed('--threads', '1', String(program.pid));
      assert.deepEqual({ status, stdout }, { status: 2, stdout: '' });
      assert.match(stderr, /it belongs to nobody; add --other-users if it is meant; nothing was changed\n$/);
      assert.equal(await program.ask(), 'OpenBLAS 2');
      assert.equal((await governed('--threads', '1', '--other-users', String(program.pid))).status, 0);
      assert.equal(await program.ask(), 'OpenBLAS 1');
    });
  });
