import { join } from 'node:path';
import { installedFromNpm } from '../package/cache.js';
import { compiled, OWNERS, type Start } from './ground-truth.js';
import { LIBRARIES, PYTHON, type DebianPackage } from '../debian.js';

/** A program whose threads the tests of owners look at. */
export interface OwnedProgram {
  name: string;
  /** Debian packages, besides gdb */
  needs: readonly DebianPackage[];
  /** builds what it needs in this directory */
  prepare(directory: string): Start | Promise<Start>;
}

function fixture(name: string): string {
  return join(OWNERS, name);
}

function listener(directory: string, compiler = 'gcc'): string {
  return compiled(join(directory, `listener-${compiler}.so`), [
    compiler,
    '-O1',
    '-shared',
    '-fPIC',
    '$/observers/tell_pthreads.c',
    '-ldl',
  ]);
}

function python(
  name: string,
  script: readonly string[],
  needs: readonly DebianPackage[],
  start: Omit<Start, 'command'> = {},
): OwnedProgram {
  return {
    name,
    needs: ['gcc', 'python3-numpy', ...needs],
    prepare: directory => ({
      command: [PYTHON, fixture(script[0]!), ...script.slice(1)],
      listener: listener(directory),
      ...start,
    }),
  };
}

function blas(
  name: string,
  folder: string,
  debian: DebianPackage,
  script: readonly string[],
  start: Omit<Start, 'command'> = {},
): OwnedProgram {
  const path = `${LIBRARIES}/${folder}`;
  return python(name, script, [debian], { ...start, environment: { LD_LIBRARY_PATH: path, OMP_NUM_THREADS: '4' } });
}

function fromC(
  name: string,
  compile: readonly string[],
  words: readonly string[],
  more: { needs?: DebianPackage[]; static?: true; compiler?: string } = {},
): OwnedProgram {
  return {
    name,
    needs: ['gcc', ...(more.needs ?? [])],
    prepare: directory => ({
      command: [compiled(join(directory, 'program'), [more.compiler ?? 'gcc', '-O1', ...compile]), ...words],
      ...(!more.static && { listener: listener(directory, more.compiler === 'musl-gcc' ? 'musl-gcc' : 'gcc') }),
    }),
  };
}

function fromLibrary(name: string, compile: readonly string[], needs: readonly DebianPackage[] = []): OwnedProgram {
  return {
    name,
    needs: ['gcc', 'g++', ...needs],
    prepare: directory => ({
      command: [
        compiled(join(directory, 'program'), ['gcc', '$/compiled/load_library.c', '-ldl']),
        compiled(join(directory, 'libcomputes.so'), ['g++', '-O1', '-shared', '-fPIC', '-pthread', ...compile]),
      ],
      listener: listener(directory),
    }),
  };
}

function fromGo(name: string, source: string, cgo: '0' | '1'): OwnedProgram {
  return {
    name,
    needs: ['golang-go', 'gcc'],
    prepare(directory) {
      const command = [
        compiled(join(directory, 'program'), ['go', 'build', `$/${source}`], {
          CGO_ENABLED: cgo,
          GOCACHE: join(directory, 'cache'),
        }),
      ];
      return { command, ...(cgo === '1' && { listener: listener(directory) }) };
    },
  };
}

function fromNpm(name: string, script: string, packages: readonly string[]): OwnedProgram {
  return {
    name,
    needs: ['gcc'],
    async prepare(directory) {
      const installed = await installedFromNpm(...packages);
      return {
        command: [process.execPath, fixture(script)],
        environment: { NODE_PATH: join(installed, 'node_modules') },
        listener: listener(directory),
      };
    },
  };
}

const GLIB = ['-I/usr/include/glib-2.0', `-I${LIBRARIES}/glib-2.0/include`];

export const OWNED_PROGRAMS = {
  openblasPthread: blas('numpy on OpenBLAS with pthreads', 'openblas-pthread', 'libopenblas0-pthread', [
    'scripts/blas_pool.py',
    '4',
  ]),
  openblasOpenmp: blas('numpy on OpenBLAS with OpenMP', 'openblas-openmp', 'libopenblas0-openmp', [
    'scripts/blas_pool.py',
    '4',
  ]),
  blisPthread: blas(
    'numpy on BLIS with pthreads, at work',
    'blis-pthread',
    'libblis4-pthread',
    ['scripts/blas_at_work.py'],
    { stoppedAt: 5 },
  ),
  blisOpenmp: blas('numpy on BLIS with OpenMP', 'blis-openmp', 'libblis4-openmp', ['scripts/blas_pool.py']),
  sklearn: python('scikit-learn', ['scripts/sklearn_pool.py'], ['python3-sklearn']),
  torch: python('torch', ['scripts/torch_pool.py'], ['python3-torch']),
  numbaWorkqueue: python('numba on its own pool', ['scripts/numba_pool.py'], ['python3-numba'], {
    environment: { NUMBA_THREADING_LAYER: 'workqueue', NUMBA_NUM_THREADS: '2' },
  }),
  numbaOpenmp: python('numba on OpenMP', ['scripts/numba_pool.py'], ['python3-numba'], {
    environment: { NUMBA_THREADING_LAYER: 'omp', NUMBA_NUM_THREADS: '2' },
  }),
  pythonThreads: python("Python's threading", ['scripts/python_threads.py'], []),
  node: fromNpm('Node with workers and the pool of libuv', 'scripts/node_pools.mjs', []),
  sharp: fromNpm('sharp', 'scripts/sharp_pool.cjs', ['sharp@0.33.5']),
  onnxruntime: fromNpm('ONNX Runtime for Node', 'scripts/onnxruntime_pool.cjs', ['onnxruntime-node@1.20.1']),
  java: {
    name: 'Java',
    needs: ['default-jdk-headless', 'gcc'],
    prepare: directory => ({ command: ['java', fixture('compiled/StartThreads.java')], listener: listener(directory) }),
  },
  go: fromGo('Go', 'compiled/start_threads.go', '0'),
  cgo: fromGo('Go linked with C', 'compiled/start_threads_cgo.go', '1'),
  rust: {
    name: 'Rust',
    needs: ['rustc', 'gcc'],
    prepare: directory => ({
      command: [compiled(join(directory, 'program'), ['rustc', '$/compiled/start_threads.rs'])],
      listener: listener(directory),
    }),
  },
  pthreads: fromC('C, dynamic', ['-pthread', '$/compiled/start_pthreads.c'], ['4']),
  staticPthreads: fromC('C, static', ['-static', '-pthread', '$/compiled/start_pthreads.c'], ['4'], { static: true }),
  musl: fromC('C on musl, dynamic', ['$/compiled/start_pthreads.c'], ['4'], {
    compiler: 'musl-gcc',
    needs: ['musl-tools'],
  }),
  staticMusl: fromC('C on musl, static', ['-static', '$/compiled/start_pthreads.c'], ['4'], {
    compiler: 'musl-gcc',
    static: true,
    needs: ['musl-tools'],
  }),
  timer: fromC("the C library's thread for timers", ['$/compiled/start_timer_thread.c'], []),
  clone: fromC('a bare clone', ['$/compiled/clone_thread.c'], []),
  libgomp: fromC('libgomp', ['-fopenmp', '$/compiled/omp_pool.c'], ['4']),
  libomp: fromC('libomp', ['-fopenmp', '$/compiled/omp_pool.c'], ['4'], {
    compiler: 'clang',
    needs: ['clang', 'libomp-dev'],
  }),
  stdThread: fromLibrary("a library's std::thread and std::async", ['$/compiled/std_threads.cc']),
  glib: fromLibrary(
    "a library's GLib threads",
    ['-x', 'c', '$/compiled/glib_threads.c', ...GLIB, '-lglib-2.0'],
    ['libglib2.0-dev'],
  ),
} satisfies Record<string, OwnedProgram>;
