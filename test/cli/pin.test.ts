import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { once } from 'node:events';
import { join } from 'node:path';
import { formatCpulist } from '../../lib/core/cpuset.js';
import { pin, type PinResult } from '../../lib/index.js';
import { eventually } from '../helpers/processes/eventually.js';
import { affinitiesByTaskset, onlyCpu, PROGRAMS, temporaryDirectory, TWO_CPUS } from '../helpers/processes/governed.js';
import { Pinnable } from '../helpers/processes/pinned.js';
import { started } from '../helpers/processes/printing.js';
import { finished } from '../helpers/processes/run.js';
import { GOVERNOR, PYTHON } from '../helpers/shared.js';

const POOL = [PYTHON, join(PROGRAMS, 'busy_pool.py'), 'fork', '2'];
const CPUS = formatCpulist(TWO_CPUS);
const [FIRST] = TWO_CPUS as [number];

/** Has a thread on the second of two CPUs; starts a thread that stays for each line that it reads. */
const THREAD_A_LINE = `
import os, sys, threading
wait = threading.Event().wait
def confined():
    os.sched_setaffinity(threading.get_native_id(), {max(os.sched_getaffinity(0))})
    print("ready", flush=True)
    wait()
threading.Thread(target=confined, daemon=True).start()
for _ in sys.stdin:
    threading.Thread(target=wait, daemon=True).start()
    print("started", flush=True)
`;

interface Pool {
  parent: number;
  workers: number[];
}

function all(program: Pinnable): string[] {
  const { parent, workers } = JSON.parse(program.line) as Pool;
  return [parent, ...workers].map(pid =>
    [...program.affinities(pid)].map(([tid, cpus]) => `${tid} ${formatCpulist(cpus)}`).join(', '),
  );
}

describe('governor pin spreads a running tree over its CPUs', () => {
  it('each worker with all its threads on its own place; the parent may use all', async () => {
    const pool = await Pinnable.start(POOL);
    const { parent, workers } = JSON.parse(pool.line) as Pool;
    const { status, stdout, stderr } = await pool.pin('--reserve', '0');
    assert.deepEqual({ status, stderr }, { status: 0, stderr: '' });
    assert.equal(
      stdout,
      `python3 (pid ${parent}): 2 workers on 2 places (CPUs ${CPUS}); ` +
        `1 other process on CPUs ${CPUS}; 5 threads pinned\n`,
    );
    assert.deepEqual(workers.map(onlyCpu).sort(), TWO_CPUS);
    assert.ok(
      workers.every(pid => affinitiesByTaskset(pid).length === 2),
      'two threads each',
    );
    assert.deepEqual(affinitiesByTaskset(parent), [TWO_CPUS]);
  });

  it('more workers than places share them, with a line that says so', async () => {
    const pool = await Pinnable.start(POOL);
    const { status, stderr } = await pool.pin('--reserve', '1');
    assert.equal(status, 0);
    assert.match(
      stderr,
      new RegExp(`^governor: more workers than places: 2 workers share 1 place \\(CPU ${FIRST}\\); .*\n$`),
    );
    assert.deepEqual((JSON.parse(pool.line) as Pool).workers.map(onlyCpu), [FIRST, FIRST]);
  });

  it('a program without workers is one worker', async () => {
    const program = await Pinnable.start([PYTHON, '-c', THREAD_A_LINE]);
    const { stdout } = await program.pin('--threads-per-worker', '1', '--reserve', '0');
    assert.equal(stdout, `python3 (pid ${program.pid}): 1 worker on 1 place (CPU ${FIRST}); 2 threads pinned\n`);
    assert.equal(onlyCpu(program.pid), FIRST);
  });

  it('--dry-run prints the places, and changes nothing', async () => {
    const pool = await Pinnable.start(POOL);
    const before = all(pool);
    const { status, stdout } = await pool.pin('--dry-run', '--reserve', '0');
    assert.equal(status, 0);
    const { parent, workers } = JSON.parse(pool.line) as Pool;
    const rows = stdout.split('\n').map(row => row.trim().split(/\s+/).slice(0, 4).join(' '));
    assert.deepEqual(rows.slice(0, 4), [
      'PID ROLE THREADS CPUS',
      `${parent} floating 1 ${CPUS}`,
      ...workers.sort((a, b) => a - b).map((pid, i) => `${pid} worker 2 ${TWO_CPUS[i]}`),
    ]);
    assert.match(stdout, /^dry run, nothing was changed: python3 /m);
    assert.deepEqual(all(pool), before);
    assert.deepEqual(readdirSync(pool.runtime), []);
  });

  it('--json prints what the library returns', async () => {
    const pool = await Pinnable.start(POOL);
    const { stdout } = await pool.pin('--json', '--dry-run', '--reserve', '0');
    assert.deepEqual(JSON.parse(stdout), await pin(pool.pid, { dryRun: true, reserve: 0 }));
    const { workers, places, threads, settled, processes } = JSON.parse(stdout) as PinResult;
    assert.deepEqual(
      { workers, places, threads, settled },
      { workers: 2, places: TWO_CPUS.map(cpu => [cpu]), threads: 5, settled: true },
    );
    assert.deepEqual(
      processes.map(({ role, threads: own }) => [role, own]),
      [
        ['floating', 1],
        ['worker', 2],
        ['worker', 2],
      ],
    );
  });

  it('it does not pin itself if it is a descendant', async () => {
    const pin = `${process.execPath} ${GOVERNOR} pin --reserve 0 --json $$`;
    const script = `echo ready; read line; ${pin} >"$1"; echo done; read line`;
    const file = join(temporaryDirectory(), 'printed');
    const { child, pid } = await started(['sh', '-c', script, 'sh', file], { XDG_RUNTIME_DIR: temporaryDirectory() });
    child.stdin!.write('\n');
    await once(child.stdout!, 'data');
    assert.deepEqual(
      (JSON.parse(readFileSync(file, 'utf8')) as PinResult).processes.map(process => process.pid),
      [pid],
    );
  });
});

describe('governor pin --restore restores', () => {
  it('the affinity of every thread; later threads get that of the main thread', async () => {
    const program = await Pinnable.start([PYTHON, '-c', THREAD_A_LINE]);
    const before = program.affinities();
    assert.deepEqual([...before.values()], [TWO_CPUS, TWO_CPUS.slice(1)]);
    await program.pin('--threads-per-worker', '1', '--reserve', '0');
    program.input.write('\n');
    await eventually(() => program.affinities().size === 3);
    assert.deepEqual([...program.affinities().values()], [[FIRST], [FIRST], [FIRST]], 'a thread inherits');
    const { status, stdout } = await program.pin('--restore');
    assert.equal(status, 0);
    assert.equal(stdout, `python3 (pid ${program.pid}): 3 threads of 1 process restored\n`);
    const after = program.affinities();
    for (const [tid, cpus] of before) assert.deepEqual(after.get(tid), cpus);
    assert.deepEqual([...after.values()].at(-1), TWO_CPUS);
  });

  it('the affinities from before the first of several pins', async () => {
    const pool = await Pinnable.start(POOL);
    const before = all(pool);
    for (const options of [
      ['--reserve', '1'],
      ['--reserve', '0'],
      ['-t', '2', '--reserve', '0'],
    ])
      assert.equal((await pool.pin(...options)).status, 0);
    assert.equal((await pool.pin('--restore')).status, 0);
    assert.deepEqual(all(pool), before);
  });

  it('once, and keeps no record afterwards', async () => {
    const pool = await Pinnable.start(POOL);
    await pool.pin();
    assert.equal(readdirSync(join(pool.runtime, 'thread-governor')).length, 1);
    await pool.pin('--restore');
    assert.deepEqual(readdirSync(join(pool.runtime, 'thread-governor')), []);
    const { status, stderr } = await pool.pin('--restore');
    assert.equal(status, 2);
    assert.match(stderr, new RegExp(`^governor: pid ${pool.pid} \\(python3\\): nothing to restore: .*\n$`));
  });

  it('nothing with --dry-run', async () => {
    const pool = await Pinnable.start(POOL);
    await pool.pin('--reserve', '0');
    const pinned = all(pool);
    const { stdout } = await pool.pin('--restore', '--dry-run');
    assert.match(stdout, /^dry run, nothing was changed: python3 .* 5 threads of 3 processes restored$/m);
    assert.deepEqual(all(pool), pinned);
    assert.equal((await pool.pin('--restore')).status, 0);
  });

  it('and removes records of other programs that have ended', async () => {
    const first = await Pinnable.start([PYTHON, '-c', THREAD_A_LINE]);
    await first.pin();
    const kept = readdirSync(join(first.runtime, 'thread-governor'));
    const ended = await started(['sh', '-c', 'echo ready; read line']);
    const keep = () =>
      finished([process.execPath, GOVERNOR, 'pin', String(ended.pid)], { XDG_RUNTIME_DIR: first.runtime });
    await keep();
    assert.equal(readdirSync(join(first.runtime, 'thread-governor')).length, 2);
    ended.child.stdin!.end();
    await once(ended.child, 'exit');
    await first.pin('--restore');
    await first.pin();
    assert.deepEqual(readdirSync(join(first.runtime, 'thread-governor')), kept);
  });
});

describe('governor pin names a process', () => {
  it('without control characters in its name', async () => {
    const program = await Pinnable.start([
      PYTHON,
      '-c',
      'open("/proc/self/comm", "w").write("a\\x1b[31m\\nb"); print("ready", flush=True); input()',
    ]);
    const { stderr } = await program.pin('--restore');
    assert.match(
      stderr,
      new RegExp(`^governor: pid ${program.pid} \\(a\\\\x1b\\[31m\\\\x0ab\\): nothing to restore: .*\n$`),
    );
  });
});
