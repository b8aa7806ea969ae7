import assert from 'node:assert/strict';
import { threadLevers } from '../../../../lib/core/audit/levers/thread-levers.js';
import { poolsOf } from '../../../../lib/core/audit/pools.js';
import { wantOf } from '../../../../lib/core/audit/levers/need.js';
import type { AuditedProcess } from '../../../../lib/core/audit/audited.js';
import { file, madeProcess, madeWorkers, type MadeProcess, type MadeThread } from '../../../helpers/audit/audited.js';

const ONLINE = 8;
const busy = (owner?: string, workingFor?: string): MadeThread => ({
  run: 0.25,
  wait: 0.7,
  ...(owner && { owner }),
  ...(workingFor && { workingFor }),
});
const many = (count: number, owner: string, workingFor?: string) =>
  Array.from({ length: count }, () => busy(owner, workingFor));

function leversOf(processes: AuditedProcess[], threads: number) {
  const workers = processes[0]!.role === 'worker';
  const members = processes.map(process => [process]);
  return threadLevers({ processes, members, workers }, poolsOf(processes), threads, ONLINE, wantOf(processes));
}
/** What is to be set in a process with these threads beside a sleeping main thread. */
function settings(threads: MadeThread[], given: MadeProcess = {}, value = 2): string[] {
  return leversOf([madeProcess({ threads: [{}, ...threads], ...given })], value).levers.map(lever => lever.set);
}

describe('levers: the variable that this library reads', () => {
  for (const [owner, set] of [
    ['Go runtime', 'GOMAXPROCS=2'],
    ['JVM', 'JAVA_TOOL_OPTIONS=-XX:ActiveProcessorCount=2'],
    ['OpenBLAS', 'OPENBLAS_NUM_THREADS=2'],
    ['libgomp', 'OMP_NUM_THREADS=2'],
    ['libvips', 'VIPS_CONCURRENCY=2'],
    ['polars', 'POLARS_MAX_THREADS=2'],
    ['rayon', 'RAYON_NUM_THREADS=2'],
    ['libuv pool', 'UV_THREADPOOL_SIZE=3'],
    ['.NET', 'DOTNET_PROCESSOR_COUNT=2'],
    ['V8 platform', 'NODE_OPTIONS=--v8-pool-size=2'],
  ] as const) {
    it(`${owner}: ${set}`, () => assert.deepEqual(settings(many(5, owner)), [set]));
  }
  it('the one that wins, if several are set', () => {
    const environment = { OMP_NUM_THREADS: '6' };
    assert.deepEqual(settings(many(5, 'OpenBLAS'), { environment }), ['OMP_NUM_THREADS=2']);
  });
  it("also that of the library that uses another one's threads, if it is set and therefore wins", () => {
    const threads = many(5, 'libgomp', 'torch');
    assert.deepEqual(settings(threads), ['OMP_NUM_THREADS=2']);
    assert.deepEqual(settings(threads, { environment: { MKL_NUM_THREADS: '6' } }), [
      'MKL_NUM_THREADS=2',
      'OMP_NUM_THREADS=2',
    ]);
  });
  it("Java's property of the common pool, if that is what sets it", () => {
    const property = '-Djava.util.concurrent.ForkJoinPool.common.parallelism=';
    const environment = { JAVA_TOOL_OPTIONS: `-Xmx1g ${property}8` };
    assert.deepEqual(settings(many(8, 'JVM'), { environment }), [`JAVA_TOOL_OPTIONS=-Xmx1g ${property}1`]);
  });
  it('options that it holds already stay', () => {
    const environment = { JAVA_TOOL_OPTIONS: '-Xmx1g' };
    assert.deepEqual(settings(many(5, 'JVM'), { environment }), [
      'JAVA_TOOL_OPTIONS=-Xmx1g -XX:ActiveProcessorCount=2',
    ]);
  });
  it("libuv's pool keeps two threads, so that files do not wait for computations", () => {
    assert.deepEqual(settings(many(5, 'libuv pool'), {}, 1), ['UV_THREADPOOL_SIZE=2']);
  });
  it('and one more than CPUs, for the one that waits for the main thread; its default of 4 may be that', () => {
    assert.deepEqual(settings(many(4, 'libuv pool'), {}, 2), ['UV_THREADPOOL_SIZE=3']);
    assert.deepEqual(settings(many(4, 'libuv pool'), {}, 3), []);
    assert.deepEqual(settings(many(3, 'libuv pool'), { environment: { UV_THREADPOOL_SIZE: '3' } }, 2), []);
  });
});

describe('levers: options and code', () => {
  for (const [owner, set] of [
    ['onnxruntime', /intra_op_num_threads = 2 .*intraOpNumThreads: 2/],
    ['DuckDB', /SET threads = 2/],
    ['TBB', /max_allowed_parallelism, 2/],
    ['Python thread', /max_workers=2/],
    ['Node worker', /maxThreads: 2/],
  ] as const) {
    it(`${owner}: in code`, () => assert.match(settings(many(5, owner)).join(), set));
  }
  it('an option of the program, if its threads are its own', () => {
    const given = { commandLine: ['ffmpeg', '-i', 'in.mkv', 'out.mkv'] };
    assert.deepEqual(settings(many(5, 'x264'), given), ['-threads 2']);
    assert.deepEqual(settings(many(5, 'redis-server'), { commandLine: ['redis-server'] }), ['--io-threads 1']);
    assert.deepEqual(settings(many(5, 'nginx'), { commandLine: ['nginx: master process nginx'] }), [
      'thread_pool default threads=2;',
    ]);
  });
  it("an option that sets OpenMP's threads, if the command line has it", () => {
    assert.deepEqual(settings(many(7, 'libgomp'), { commandLine: ['gmx', 'mdrun', '-ntomp', '8'] }), ['-ntomp 2']);
    assert.deepEqual(settings(many(7, 'libgomp'), { commandLine: ['gmx', 'mdrun'] }), ['OMP_NUM_THREADS=2']);
  });
  it('a variable of the program only if the command line does not win over it', () => {
    const threads = many(5, 'liblzma');
    assert.deepEqual(settings(threads, { commandLine: ['xz', '-T8', 'x'] }), ['-T2']);
    assert.deepEqual(settings(threads, { commandLine: ['xz', 'x'], environment: { XZ_DEFAULTS: '-9 -T8' } }), [
      'XZ_DEFAULTS=-9 -T2',
    ]);
  });
  it('workers that are threads: the option of the program that starts them', () => {
    assert.deepEqual(settings(many(5, 'Node worker'), { commandLine: ['node', '/x/vitest.mjs', 'run'] }), [
      '--maxWorkers=2',
    ]);
  });
});

describe('levers: nothing that changes nothing', () => {
  const none = (threads: MadeThread[], given: MadeProcess = {}, value = 2) =>
    assert.deepEqual(settings(threads, given, value), []);

  it('no variable that has the value already: then it is the code', () => {
    const environment = { GOMAXPROCS: '2' };
    assert.deepEqual(settings(many(5, 'Go runtime'), { environment }), ['runtime.GOMAXPROCS(2)']);
  });
  it('no variable that the code ignores: there are more threads than it says, or than CPUs', () => {
    const environment = { OMP_NUM_THREADS: '4' };
    assert.deepEqual(settings(many(7, 'libgomp', 'torch'), { environment }), [
      'OMP_NUM_THREADS=2',
      'torch.set_num_threads(2)',
    ]);
    const obeyed = { OMP_NUM_THREADS: '2' };
    assert.deepEqual(settings(many(7, 'libgomp', 'torch'), { environment: obeyed }), ['torch.set_num_threads(2)']);
    assert.deepEqual(settings(many(20, 'JVM')), ['Executors.newFixedThreadPool(2)']);
  });
  it('no variable that would say what the library takes anyway: as many threads as the process has CPUs', () => {
    const threads = many(6, 'JVM').map(thread => ({ ...thread, cpus: '0-1' }));
    assert.deepEqual(settings(threads, { threads: [{ cpus: '0-1' }, ...threads] }), [
      'Executors.newFixedThreadPool(2)',
    ]);
  });
  it('no variable that a package always overrides, as sharp does with libvips', () => {
    const modules = [file('/app/node_modules/@img/sharp-linux-x64/lib/sharp-linux-x64.node', 'x')];
    assert.match(settings(many(5, 'libvips'), { modules }).join(), /sharp\.concurrency\(2\)/);
  });
  it('no lever for a pool that fits, that sleeps, or that wants little', () => {
    none(many(2, 'Go runtime'));
    none(Array.from({ length: 64 }, () => ({ owner: 'libgomp' })));
    none([...many(8, 'main'), ...many(1, 'libuv pool')]);
  });
  it('no setting known: the program is named, not a variable', () => {
    const found = leversOf([madeProcess({ threads: [{}, ...many(20, 'solver')] })], 2);
    assert.deepEqual(found, { levers: [], none: ['solver'] });
  });
  it('no setting known, in several workers: the CPUs, which many libraries count', () => {
    const [lever] = leversOf(
      madeWorkers(2, () => ({ threads: [{}, ...many(7, 'libx.so')] })),
      4,
    ).levers;
    assert.deepEqual([lever!.kind, lever!.owner, lever!.value, lever!.source], ['cpus', 'libx.so', 4, null]);
    assert.deepEqual(
      leversOf(
        madeWorkers(2, () => ({ threads: [{}, ...many(20, 'libx.so')] })),
        4,
      ).levers,
      [],
    );
  });
});

describe('levers: no setting known', () => {
  it('in one process whose CPU time is limited: fewer CPUs', () => {
    assert.deepEqual(settings(many(7, 'libx.so'), {}, 2), ['taskset -c 0-1']);
  });
  it('in one process that has all its CPUs: nothing', () => {
    assert.deepEqual(settings(many(20, 'libx.so'), {}, 8), []);
  });
});

describe('levers: teams with more threads than CPUs', () => {
  it('that wait at their barriers, and so want no more CPUs than there are', () => {
    const members = Array.from({ length: 7 }, () => ({ owner: 'libgomp', run: 0.08, wait: 0.06 }));
    assert.deepEqual(settings([{ run: 0.5, wait: 0.3 }, ...members], { environment: { OMP_NUM_THREADS: '8' } }), [
      'OMP_NUM_THREADS=2',
    ]);
    assert.deepEqual(settings(many(2, 'libgomp')), []);
  });
});

describe('levers: teams of several threads', () => {
  it('share the CPUs, and are not mistaken for a number in code', () => {
    const threads = [...many(4, 'Python thread'), ...many(32, 'libgomp')];
    assert.deepEqual(settings(threads, {}, 8), ['OMP_NUM_THREADS=2']);
  });
  it('of OpenMP and of a BLAS with its own threads: the BLAS has the CPUs, or one team displaces the other', () => {
    const threads = [busy(), ...many(1, 'OpenBLAS'), ...many(7, 'libgomp')];
    assert.deepEqual(settings(threads, { environment: { OMP_NUM_THREADS: '8' } }), [
      'OPENBLAS_NUM_THREADS=2',
      'OMP_NUM_THREADS=1',
    ]);
  });
  it('have one caller if the other threads are those of libraries', () => {
    const threads = [busy(), ...many(1, 'polars'), ...many(2, 'torch'), ...many(7, 'libgomp')];
    assert.equal(settings(threads, { environment: { OMP_NUM_THREADS: '8' } })[0], 'OMP_NUM_THREADS=2');
  });
});

describe('levers: threads that call a library with one pool for the process', () => {
  const callers = many(4, 'Python thread');
  const pool = Array.from({ length: 7 }, () => ({ owner: 'OpenBLAS', run: 0.2, wait: 0.2 }));

  it('wait for each other in it: one thread for each caller is more', () =>
    assert.deepEqual(settings([...callers, ...pool], {}, 4), ['OPENBLAS_NUM_THREADS=1']));
  it('that sleep share nothing: the pool has the CPUs', () => {
    const asleep = callers.map(thread => ({ ...thread, run: 0, wait: 0 }));
    assert.deepEqual(settings([...asleep, ...many(7, 'OpenBLAS')], {}, 4), ['OPENBLAS_NUM_THREADS=4']);
  });
});

describe('levers: the largest pool first', () => {
  it('and pools whose threads call a library at once share the CPUs', () => {
    const threads = [...many(4, 'libuv pool'), ...many(6, 'libvips')];
    assert.deepEqual(settings(threads, {}, 8), []);
    assert.deepEqual(settings([...many(4, 'libuv pool'), ...many(24, 'libvips')], {}, 8), ['VIPS_CONCURRENCY=2']);
    assert.deepEqual(settings([...many(4, 'libuv pool'), ...many(24, 'libvips')], {}, 2), [
      'UV_THREADPOOL_SIZE=3',
      'VIPS_CONCURRENCY=1',
      'UV_THREADPOOL_SIZE=3',
    ]);
  });
  it('that has too many threads, if only all pools together want too much', () => {
    const half = (owner: string) => Array.from({ length: 4 }, () => ({ owner, run: 0.2, wait: 0.2 }));
    assert.deepEqual(settings([...half('OpenBLAS'), ...half('polars')]), ['OPENBLAS_NUM_THREADS=2']);
    assert.deepEqual(settings(half('polars')), []);
  });
  it('of several libraries', () => {
    assert.deepEqual(settings([...many(4, 'OpenBLAS'), ...many(6, 'polars')]), [
      'POLARS_MAX_THREADS=2',
      'OPENBLAS_NUM_THREADS=2',
    ]);
  });
});
