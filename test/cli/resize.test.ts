import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { ResizeResult } from '../../lib/index.js';
import { resize } from '../../lib/index.js';
import { Asked } from '../helpers/processes/asked.js';
import { PROGRAMS, temporaryDirectory } from '../helpers/processes/governed.js';
import { reaped } from '../helpers/processes/reap.js';
import { governor, plainEnvironment } from '../helpers/processes/run.js';
import { GOVERNOR, PYTHON } from '../helpers/shared.js';
import { times } from '../helpers/times.js';

/** A program with a worker that it has forked; each has an OpenBLAS with two threads. */
const TREE = `
import os, sys, threadpoolctl, numpy
numpy.ones((200, 200)) @ numpy.ones((200, 200))
if worker := os.fork():
    print("ready", worker, flush=True)
for line in sys.stdin:
    print(threadpoolctl.threadpool_info()[0]["num_threads"], flush=True)
`;

/** Forks a process after the first line of its input; after the second, prints the sizes of both. */
const FORKS = `
import os, sys, threadpoolctl, numpy
numpy.ones((200, 200)) @ numpy.ones((200, 200))
size = lambda: threadpoolctl.threadpool_info()[0]["num_threads"]
print("ready", flush=True)
sys.stdin.readline()
asked, answered = os.pipe(), os.pipe()
if not os.fork():
    os.read(asked[0], 1)
    os.write(answered[1], str(size()).encode())
    os._exit(0)
print("forked", flush=True)
sys.stdin.readline()
os.write(asked[1], b"?")
print(size(), os.read(answered[0], 9).decode(), flush=True)
sys.stdin.read()
`;

const TIMES = times(10);

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
  it('--undo also gives processes that were forked since the sizes from before', async () => {
    const program = await Asked.start([PYTHON, '-c', FORKS], { OPENBLAS_NUM_THREADS: '2' });
    await governed('--threads', '1', String(program.pid));
    assert.equal(await program.ask(), 'forked');
    assert.equal((await governed('--undo', String(program.pid))).status, 0);
    assert.equal(await program.ask(), '2 2');
  });
  it('resizes a program that a debugger traces', async () => {
    const program = await numpy();
    const tracer = reaped(spawn('strace', ['-f', '-o', '/dev/null', '-p', String(program.pid)]));
    for await (const line of createInterface({ input: tracer.stderr })) if (/attached/.test(line)) break;
    assert.equal((await governed('--threads', '1', String(program.pid))).status, 0);
    assert.equal(await program.ask(), 'OpenBLAS 1');
  });
  it(`killed at any moment, leaves one of both sizes, and what --undo needs, ${TIMES} times`, async () => {
    const program = await numpy();
    for (let time = 0; time < TIMES; time++) {
      const killed = reaped(
        spawn(process.execPath, [GOVERNOR, 'resize', '--threads', '1', String(program.pid)], {
          env: plainEnvironment({ XDG_RUNTIME_DIR: runtime }),
        }),
      );
      const timer = setTimeout(() => killed.kill('SIGKILL'), Math.random() * 300);
      await once(killed, 'close');
      clearTimeout(timer);
      const size = await program.ask();
      assert.match(size, /^OpenBLAS [12]$/);
      const { stdout, stderr } = await governed('--undo', String(program.pid));
      assert.match(stdout || stderr, size === 'OpenBLAS 1' ? /1 pool back/ : /0 pools back|nothing to undo/);
      assert.equal(await program.ask(), 'OpenBLAS 2');
    }
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
