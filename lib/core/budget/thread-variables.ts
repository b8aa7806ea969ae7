import type { Environment } from '../environment.js';
import type { Runtime } from './runtimes.js';

/** An environment variable that limits or affects threads. */
export interface ThreadVariable {
  /** the variable's name */
  name: string;
  /** the libraries and programs that read it */
  readBy: string;
  /**
   * when they read it: when the library or module is loaded (`load`), when its pool is used first (`first use`), when
   * the process starts (`start`), or at every `call`
   */
  when: 'load' | 'first use' | 'start' | 'call';
  /**
   * its value in governed programs: the threads per worker, the number of workers (if the variable sizes a pool of
   * processes), or a fixed text
   */
  set: 'threads' | 'workers' | { text: string };
  /** the number is never below this; default: any */
  least?: number;
  /** the number is never above this; default: any */
  most?: number;
  /**
   * the variable holds a list of options, and this one gets the number, such as `--v8-pool-size=`; the user's own
   * options stay
   */
  option?: string;
  /** the runtime that reads it, and whose one process mostly does all the work of a program; default: none */
  poolOf?: Runtime;
  /** only set if the program to start is of this runtime, because it has other effects too; default: always */
  runtime?: Runtime;
  /**
   * it sizes a pool of processes, and a pool inside a worker may take its number too: how many processes start without
   * it, a number or the CPUs of the affinity; default: it sizes no such pool
   */
  multiplies?: number | 'affinity';
  /** a remark for people */
  note?: string;
}

const THREADS = 'threads';
const WORKERS = 'workers';

/** The governed variables: all that `run`, `launch` and `pinWorkers` set unless the user has set them. */
export const THREAD_VARIABLES: readonly ThreadVariable[] = [
  {
    name: 'OMP_NUM_THREADS',
    readBy: 'libgomp, libomp, libiomp5; OpenBLAS, BLIS, PyTorch, Arrow, numexpr after their own',
    when: 'load',
    set: THREADS,
  },
  {
    name: 'OMP_DYNAMIC',
    readBy: 'libgomp, libomp, libiomp5',
    when: 'load',
    set: { text: 'FALSE' },
    note: 'use exactly the requested number',
  },
  { name: 'MKL_NUM_THREADS', readBy: 'MKL, PyTorch', when: 'first use', set: THREADS },
  { name: 'MKL_DYNAMIC', readBy: 'MKL', when: 'first use', set: { text: 'FALSE' } },
  { name: 'OPENBLAS_NUM_THREADS', readBy: 'OpenBLAS', when: 'load', set: THREADS },
  { name: 'BLIS_NUM_THREADS', readBy: 'BLIS, AOCL-BLIS', when: 'first use', set: THREADS },
  { name: 'VECLIB_MAXIMUM_THREADS', readBy: 'Apple Accelerate', when: 'start', set: THREADS },
  {
    name: 'NUMEXPR_MAX_THREADS',
    readBy: 'numexpr',
    when: 'load',
    set: THREADS,
    note: 'NUMEXPR_NUM_THREADS may not exceed it',
  },
  { name: 'NUMEXPR_NUM_THREADS', readBy: 'numexpr', when: 'load', set: THREADS },
  { name: 'NUMBA_NUM_THREADS', readBy: 'numba', when: 'load', set: THREADS },
  { name: 'TF_NUM_INTRAOP_THREADS', readBy: 'TensorFlow', when: 'first use', set: THREADS },
  { name: 'TF_NUM_INTEROP_THREADS', readBy: 'TensorFlow', when: 'first use', set: THREADS },
  {
    name: 'TORCH_NUM_THREADS',
    readBy: 'programs that pass it to torch.set_num_threads',
    when: 'start',
    set: THREADS,
    note: 'a convention of programs; PyTorch itself reads OMP_ and MKL_NUM_THREADS',
  },
  {
    name: 'TORCHINDUCTOR_COMPILE_THREADS',
    readBy: 'torch._inductor',
    when: 'first use',
    set: THREADS,
    note: 'processes',
  },
  { name: 'TVM_NUM_THREADS', readBy: 'TVM', when: 'first use', set: THREADS },
  { name: 'PJRT_NPROC', readBy: 'XLA on CPUs (JAX)', when: 'first use', set: THREADS },
  { name: 'POLARS_MAX_THREADS', readBy: 'polars', when: 'first use', set: THREADS },
  { name: 'RAYON_NUM_THREADS', readBy: 'rayon (tokenizers, many wheels)', when: 'first use', set: THREADS },
  { name: 'TOKIO_WORKER_THREADS', readBy: 'tokio', when: 'first use', set: THREADS },
  { name: 'LANCE_CPU_THREADS', readBy: 'lance', when: 'first use', set: THREADS },
  { name: 'BLOSC_NTHREADS', readBy: 'c-blosc, c-blosc2', when: 'call', set: THREADS },
  { name: 'OPENCV_FOR_THREADS_NUM', readBy: 'OpenCV', when: 'first use', set: THREADS },
  { name: 'VIPS_CONCURRENCY', readBy: 'libvips, sharp', when: 'first use', set: THREADS },
  { name: 'MAGICK_THREAD_LIMIT', readBy: 'ImageMagick', when: 'first use', set: THREADS },
  { name: 'GDAL_NUM_THREADS', readBy: 'GDAL', when: 'first use', set: THREADS },
  { name: 'ITK_GLOBAL_DEFAULT_NUMBER_OF_THREADS', readBy: 'ITK', when: 'first use', set: THREADS },
  { name: 'R_DATATABLE_NUM_THREADS', readBy: 'R data.table', when: 'load', set: THREADS },
  { name: 'RCPP_PARALLEL_NUM_THREADS', readBy: 'RcppParallel', when: 'first use', set: THREADS },
  { name: 'CILK_NWORKERS', readBy: 'Cilk', when: 'first use', set: THREADS },
  { name: 'JULIA_NUM_THREADS', readBy: 'Julia', when: 'start', set: THREADS },
  { name: 'GOMAXPROCS', readBy: 'Go', when: 'start', set: THREADS, poolOf: 'Go' },
  { name: 'DOTNET_PROCESSOR_COUNT', readBy: '.NET', when: 'start', set: THREADS },
  {
    name: 'UV_THREADPOOL_SIZE',
    readBy: 'libuv (Node)',
    when: 'first use',
    set: THREADS,
    least: 2,
    poolOf: 'Node',
    note: 'the pool waits for files too, so it never has fewer than 2',
  },
  {
    name: 'NODE_OPTIONS',
    readBy: 'Node',
    when: 'start',
    set: THREADS,
    most: 4,
    option: '--v8-pool-size=',
    runtime: 'Node',
    note: "V8's helpers; 4 by default",
  },
  {
    name: 'JAVA_TOOL_OPTIONS',
    readBy: 'the JVM, which prints it',
    when: 'start',
    set: THREADS,
    option: '-XX:ActiveProcessorCount=',
    runtime: 'JVM',
    poolOf: 'JVM',
  },
  {
    name: 'PYTHON_CPU_COUNT',
    readBy: 'CPython 3.13 and later: os.cpu_count()',
    when: 'start',
    set: WORKERS,
    multiplies: 'affinity',
    note: 'sizes multiprocessing pools',
  },
  {
    name: 'LOKY_MAX_CPU_COUNT',
    readBy: 'loky, joblib',
    when: 'call',
    set: WORKERS,
    multiplies: 'affinity',
    note: 'sizes their pools',
  },
  { name: 'MC_CORES', readBy: 'R parallel', when: 'load', set: WORKERS, multiplies: 2, note: 'sizes its pools' },
];

/**
 * Variables that make a library pin threads. They pin the main thread at import, and every child inherits its affinity
 * (pytorch#101850), so the governor never sets them and the audit reports them.
 */
export const PINNING_VARIABLES: readonly string[] = [
  'OMP_PROC_BIND',
  'OMP_PLACES',
  'GOMP_CPU_AFFINITY',
  'KMP_AFFINITY',
];

/** The pinning variables that are set, except to a value that disables pinning. */
export function pinningVariables(environment: Environment): { name: string; value: string }[] {
  return PINNING_VARIABLES.flatMap(name => {
    const value = environment[name] ?? '';
    return /^(|false|none|disabled)$/i.test(value) ? [] : [{ name, value }];
  });
}

const OPENMP = ['OMP_NUM_THREADS'];
const MKL = ['MKL_NUM_THREADS', 'OMP_NUM_THREADS'];

/** The variables from which each library takes its number of threads, by precedence. */
export const LIBRARY_VARIABLES = {
  OpenBLAS: ['OPENBLAS_NUM_THREADS', 'OPENBLAS_DEFAULT_NUM_THREADS', 'GOTO_NUM_THREADS', 'OMP_NUM_THREADS'],
  BLIS: ['BLIS_NUM_THREADS', 'BLIS_NT', 'OMP_NUM_THREADS'],
  MKL,
  torch: MKL,
  libgomp: OPENMP,
  libomp: OPENMP,
  libiomp5: OPENMP,
  Arrow: OPENMP,
  numba: ['NUMBA_NUM_THREADS'],
  numexpr: ['NUMEXPR_NUM_THREADS', 'OMP_NUM_THREADS'],
  TensorFlow: ['TF_NUM_INTRAOP_THREADS'],
  polars: ['POLARS_MAX_THREADS'],
  rayon: ['RAYON_NUM_THREADS', 'RAYON_RS_NUM_CPUS'],
  libvips: ['VIPS_CONCURRENCY'],
  OpenCV: ['OPENCV_FOR_THREADS_NUM'],
} satisfies Record<string, readonly string[]>;

/** Libraries whose thread count we predict, under the name that reports show; without a variable they count CPUs. */
const PREDICTED: readonly [string, readonly string[]][] = [
  ['OpenBLAS', LIBRARY_VARIABLES.OpenBLAS],
  ['MKL', MKL],
  ['OpenMP', OPENMP],
  ['numba', LIBRARY_VARIABLES.numba],
  ['numexpr', LIBRARY_VARIABLES.numexpr],
  ['TensorFlow', LIBRARY_VARIABLES.TensorFlow],
  ['polars', LIBRARY_VARIABLES.polars],
  ['rayon', LIBRARY_VARIABLES.rayon],
];

/** How many threads a library would start in one process. */
export interface LibraryThreads {
  /** `OpenBLAS`, `MKL`, `OpenMP`, `numba`, `numexpr`, `TensorFlow`, `polars` or `rayon` */
  library: string;
  /** threads that it would compute with */
  threads: number;
  /** the variable that decided; null if none is set, so that the library counts CPUs */
  variable: string | null;
}

/** How many threads each library would start in one process; OpenBLAS (numpy's BLAS) comes first. */
export function libraryThreads(environment: Environment, cpus: number): LibraryThreads[] {
  return PREDICTED.map(([library, variables]) => {
    for (const variable of variables) {
      const threads = threadCount(environment[variable]);
      if (threads !== null) return { library, threads, variable };
    }
    return { library, threads: Math.max(1, cpus), variable: null };
  });
}

/** `5`, or the first number of OpenMP's list form `4,2`; null for anything else, which the libraries ignore too. */
export function threadCount(value: string | undefined): number | null {
  const match = /^\s*(\d{1,6})\s*(?:,|$)/.exec(value ?? '');
  return match && Number(match[1]) > 0 ? Number(match[1]) : null;
}
