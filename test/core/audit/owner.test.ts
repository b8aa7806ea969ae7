import assert from 'node:assert/strict';
import { libraryOfModule, libraryOfName, libraryOfRoutine } from '../../../lib/core/audit/libraries.js';
import { modulesOf, ownersOf } from '../../../lib/core/audit/owner.js';
import { THREAD_KINDS, type OwnersRecord, type RoutineRecord } from '../../../lib/core/audit/records.js';

const OPENBLAS = '/usr/lib/x86_64-linux-gnu/openblas-pthread/libopenblas.so.0';
const STDCXX = '/usr/lib/x86_64-linux-gnu/libstdc++.so.6';
const ONNX = '/app/node_modules/onnxruntime-node/bin/libonnxruntime.so.1.20';
const GOMP = '/usr/lib/x86_64-linux-gnu/libgomp.so.1';

interface Made {
  kind?: (typeof THREAD_KINDS)[number];
  start?: number;
  argument?: number;
  workingFor?: number;
}

function routine(module: number, symbol = '', before = '', after = ''): RoutineRecord {
  return { module, address: 0x1000, symbol, before, after };
}

function record(
  modules: readonly string[],
  routines: RoutineRecord[],
  threads: readonly Made[],
  told: Partial<OwnersRecord> = {},
): OwnersRecord {
  const column = (figure: (made: Made) => number) => Array.from(threads, figure);
  return {
    pid: 7,
    denied: 0,
    truncated: '',
    modules: modules.map(path => ({ path, deleted: false })),
    routines,
    variables: [],
    tid: Array.from(threads, (_, i) => 7 + i),
    kind: column(made => THREAD_KINDS.indexOf(made.kind ?? 'pthread')),
    start: column(made => made.start ?? -1),
    argument: column(made => made.argument ?? -1),
    workingFor: column(made => made.workingFor ?? -1),
    ...told,
  };
}

const ownerOf = (modules: string[], routines: RoutineRecord[], made: Made, name = '') =>
  ownersOf(record(modules, routines, [made]), new Map([[7, name]])).get(7)!;

describe('owner of a thread', () => {
  it('is the library with the function that it started in', () => {
    assert.deepEqual(ownerOf([OPENBLAS], [routine(0, 'blas_thread_server')], { start: 0 }), {
      library: 'OpenBLAS',
      module: OPENBLAS,
      routine: 'blas_thread_server',
      confidence: 'exact',
      why: null,
      workingFor: null,
    });
  });
  it('is main for the first thread', () => assert.equal(ownerOf([], [], { kind: 'main' }).library, 'main'));
  it('behind a trampoline is the module of the function that it was given', () => {
    const found = ownerOf([STDCXX, ONNX], [routine(0, 'execute_native_thread_routine'), routine(1, '_ZTVN5State')], {
      start: 0,
      argument: 1,
    });
    assert.deepEqual([found.library, found.module, found.confidence], ['onnxruntime', ONNX, 'exact']);
  });
  it('is the trampoline itself if that function is unknown', () => {
    assert.equal(
      ownerOf([STDCXX], [routine(0, 'execute_native_thread_routine')], { start: 0 }).library,
      'libstdc++.so.6',
    );
  });
  it('is the runtime for an OpenMP thread, which also names the library it works for', () => {
    const found = ownerOf([GOMP, '/torch/lib/libtorch_cpu.so'], [routine(0, '', 'omp_a', 'omp_b')], {
      start: 0,
      workingFor: 1,
    });
    assert.deepEqual([found.library, found.workingFor, found.confidence], ['libgomp', 'torch', 'exact']);
  });
  it('is found by the neighbouring symbols in a stripped program that contains libuv', () => {
    const found = ownerOf(['/usr/bin/node'], [routine(0, '', 'uv_barrier_destroy', 'uv_queue_work')], { start: 0 });
    assert.deepEqual(
      [found.library, found.confidence, found.routine],
      ['libuv pool', 'probable', 'between uv_barrier_destroy and uv_queue_work'],
    );
  });
  it('is found the same way in a stripped Node built by clang', () => {
    assert.equal(
      ownerOf(['/usr/bin/node'], [routine(0, '', 'uv_cancel', 'uv_timer_init')], { start: 0 }).library,
      'libuv pool',
    );
  });
  it("is Go's runtime in a Go program with C, although pthread_create created the thread", () => {
    assert.equal(ownerOf(['/app/server'], [routine(0, 'threadentry')], { start: 0 }).library, 'Go runtime');
  });
  it("is numba for numba's own pool, however deep its file is", () => {
    assert.equal(
      ownerOf(
        ['/usr/lib/python3/dist-packages/numba/np/ufunc/workqueue.cpython-311-x86_64-linux-gnu.so'],
        [routine(0)],
        { start: 0 },
      ).library,
      'numba',
    );
  });
  it('is the file of a library that is not in the table', () => {
    assert.equal(
      ownerOf(['/opt/app/libcruncher.so.3'], [routine(0, 'crunch')], { start: 0 }).library,
      'libcruncher.so.3',
    );
  });
  it('is unknown for generated code, with a reason', () => {
    const found = ownerOf([], [routine(-1)], { start: 0 });
    assert.deepEqual([found.library, found.confidence], ['unknown', 'unknown']);
    assert.match(found.why!, /no file/);
  });
  it('is unknown, or guessed by the name, if we may not read the memory', () => {
    assert.match(ownerOf([], [], { kind: 'denied' }).why!, /not permitted/);
    const named = ownerOf([], [], { kind: 'denied' }, 'libuv-worker');
    assert.deepEqual([named.library, named.confidence], ['libuv pool', 'probable']);
    assert.match(named.why!, /only by its name; not permitted/);
  });
  it("is Go's runtime for a Go thread, and unknown for a bare clone", () => {
    assert.equal(ownerOf([], [], { kind: 'go' }).library, 'Go runtime');
    assert.match(ownerOf([], [], { kind: 'clone' }).why!, /created by clone\(2\) directly/);
  });
});

describe('libraries', () => {
  it('are recognised by their files, as distributions and wheels name them', () => {
    const named = (path: string) => libraryOfModule(path)?.name;
    for (const path of [
      OPENBLAS,
      '/usr/lib/x86_64-linux-gnu/openblas-pthread/libblas.so.3',
      '/w/numpy.libs/libscipy_openblas64_-ff651d7f.so',
      '/w/scipy.libs/libopenblasp-r0-0f0c2d5d.3.28.so',
    ])
      assert.equal(named(path), 'OpenBLAS', path);
    assert.equal(named('/usr/lib/x86_64-linux-gnu/blis-pthread/libblas.so.3'), 'BLIS');
    assert.equal(named('/w/torch/lib/libgomp-a34b3233.so.1'), 'libgomp');
    assert.equal(named('/opt/intel/libiomp5.so'), 'libiomp5');
    assert.equal(named('/usr/lib/llvm-14/lib/libomp.so.5'), 'libomp');
    assert.equal(named('/usr/lib/x86_64-linux-gnu/libtbb.so.12'), 'TBB');
    assert.equal(named('/usr/bin/python3.11'), 'Python thread');
    assert.equal(named('/usr/lib/jvm/java-17/lib/server/libjvm.so'), 'JVM');
    assert.equal(named('/w/@img/sharp-libvips-linux-x64/lib/libvips-cpp.so.42'), 'libvips');
    for (const [path, library] of [
      ['/w/@duckdb/node-bindings-linux-x64/libduckdb.so', 'DuckDB'],
      ['/w/duckdb/_duckdb.cpython-311-x86_64-linux-gnu.so', 'DuckDB'],
      ['/usr/lib/x86_64-linux-gnu/libx264.so.164', 'x264'],
      ['/usr/lib/x86_64-linux-gnu/libavcodec.so.59.37.100', 'FFmpeg'],
      ['/usr/lib/x86_64-linux-gnu/liblzma.so.5.4.1', 'liblzma'],
      ['/usr/bin/zstd', 'zstd'],
      ['/usr/lib/R/site-library/data.table/libs/data_table.so', 'data.table'],
      ['/usr/lib/x86_64-linux-gnu/libMagickCore-6.Q16.so.6', 'ImageMagick'],
      ['/w/lightgbm/lib/lib_lightgbm.so', 'LightGBM'],
      ['/usr/lib/erlang/erts-13.1.5/bin/beam.smp', 'Erlang'],
    ] as const)
      assert.equal(named(path), library, path);
    for (const path of ['/usr/lib/x86_64-linux-gnu/libc.so.6', '/app/duckdb.txt', '/usr/lib/libavahi-client.so.3'])
      assert.equal(named(path), undefined, path);
  });
  it("a function called worker is libuv's only in Node", () => {
    const library = (module: string) =>
      libraryOfRoutine({ module, symbol: 'worker', before: '', after: '' })?.library.name;
    assert.equal(library('/usr/local/bin/node'), 'libuv pool');
    assert.equal(library('/home/me/crunch'), undefined);
  });
  it("a thread's name is weak evidence", () => {
    assert.equal(libraryOfName('tbb_worker')?.name, 'TBB');
    assert.equal(libraryOfName('python3'), null);
  });
  it("a pool's size is the one that its own copy exports", () => {
    const found = modulesOf(
      record([OPENBLAS, '/w/libscipy_openblas-1.so', GOMP], [], [], {
        variables: [
          { module: 0, symbol: 'blas_cpu_number', value: 8 },
          { module: 1, symbol: 'scipy_blas_cpu_number', value: 2 },
        ],
      }),
    );
    assert.deepEqual(
      found.map(module => [module.library, module.configured]),
      [
        ['OpenBLAS', 8],
        ['OpenBLAS', 2],
        ['libgomp', null],
      ],
    );
  });
});
