import type { VariableSetting } from './lever.js';
import { variablesOf } from '../../budget/library-variables.js';

/** How the number of a library's threads is set. At least one of `variables` and `code` is there. */
export interface LibraryLever {
  /** names of libraries in LIBRARIES */
  owners: readonly string[];
  /** variables from which the library takes its number, by precedence */
  variables?: readonly VariableSetting[];
  /** a line of code that sets it, and wins over the variables */
  code?: (count: number) => string;
  /** matches the file of a package whose code always sets the number, so that the variables have no effect */
  overriddenBy?: RegExp;
  /** threads that compute at the least, whatever is set; default 1 */
  least?: number;
  /** the pool whose threads each call this library at once, so that their numbers multiply */
  calledBy?: string;
  /** the page that documents it */
  source: string;
}

const openmp = (owners: string[], source: string): LibraryLever => ({
  owners,
  variables: [{ name: 'OMP_NUM_THREADS' }],
  code: count => `omp_set_num_threads(${count})`,
  source,
});

/** The variables of LIBRARY_VARIABLES, the single list of what a BLAS or a table library reads. */
function named(owner: string, source: string, code?: LibraryLever['code']): LibraryLever {
  return { owners: [owner], variables: variablesOf(owner).map(name => ({ name })), ...(code && { code }), source };
}

const ONEMKL = 'https://www.intel.com/content/www/us/en/docs/onemkl/developer-guide-linux/2026-0';
/** The property of Java's common pool, which wins over the number of CPUs. */
const COMMON_POOL = 'java.util.concurrent.ForkJoinPool.common.parallelism';

const FFMPEG = 'https://ffmpeg.org/ffmpeg-codecs.html';

/** One row for each owner of threads. */
export const LIBRARY_LEVERS: readonly LibraryLever[] = [
  named(
    'OpenBLAS',
    'https://github.com/OpenMathLib/OpenBLAS#setting-the-number-of-threads-using-environment-variables',
    count => `openblas_set_num_threads(${count})  # in Python: threadpoolctl.threadpool_limits(${count})`,
  ),
  named(
    'BLIS',
    'https://github.com/flame/blis/blob/master/docs/Multithreading.md',
    count => `bli_thread_set_num_threads(${count})`,
  ),
  named('MKL', `${ONEMKL}/techniques-to-set-the-number-of-threads.html`, count => `mkl_set_num_threads(${count})`),
  openmp(['libgomp'], 'https://gcc.gnu.org/onlinedocs/libgomp/OMP_005fNUM_005fTHREADS.html'),
  openmp(['libomp', 'libiomp5'], 'https://openmp.llvm.org/design/Runtimes.html'),
  {
    owners: ['TBB'],
    code: count => `tbb::global_control limit(tbb::global_control::max_allowed_parallelism, ${count});`,
    source: 'https://uxlfoundation.github.io/oneTBB/main/tbb_userguide/Migration_Guide/Task_Scheduler_Init.html',
  },
  {
    owners: ['onnxruntime'],
    code: count => `session_options.intra_op_num_threads = ${count}  # in Node: { intraOpNumThreads: ${count} }`,
    source: 'https://onnxruntime.ai/docs/performance/tune-performance/threading.html',
  },
  named(
    'TensorFlow',
    'https://www.tensorflow.org/api_docs/python/tf/config/threading',
    count => `tf.config.threading.set_intra_op_parallelism_threads(${count})`,
  ),
  {
    owners: ['JAX'],
    variables: [{ name: 'PJRT_NPROC' }, { name: 'NPROC' }],
    source: 'https://github.com/openxla/xla/blob/main/xla/pjrt/utils.cc',
  },
  {
    owners: ['torch'],
    variables: [{ name: 'MKL_NUM_THREADS' }, { name: 'OMP_NUM_THREADS' }],
    code: count => `torch.set_num_threads(${count})`,
    source: 'https://docs.pytorch.org/docs/stable/notes/cpu_threading_torchscript_inference.html',
  },
  {
    owners: ['pthreadpool'],
    code: count => `pthreadpool_create(${count})  // XNNPACK, TensorFlow Lite: num_threads=${count}`,
    source: 'https://github.com/google/pthreadpool',
  },
  named('polars', 'https://docs.pola.rs/api/python/stable/reference/api/polars.thread_pool_size.html'),
  named(
    'numexpr',
    'https://numexpr.readthedocs.io/en/latest/user_guide.html#threadpool-configuration',
    count => `numexpr.set_num_threads(${count})`,
  ),
  named(
    'numba',
    'https://numba.readthedocs.io/en/stable/reference/envvars.html#threading-control',
    count => `numba.set_num_threads(${count})`,
  ),
  named('Arrow', 'https://arrow.apache.org/docs/cpp/env_vars.html', count => `pyarrow.set_cpu_count(${count})`),
  named(
    'OpenCV',
    'https://docs.opencv.org/4.x/d6/dea/tutorial_env_reference.html',
    count => `cv2.setNumThreads(${count})`,
  ),
  {
    owners: ['blosc'],
    variables: [{ name: 'BLOSC_NTHREADS' }],
    code: count => `blosc_set_nthreads(${count})`,
    source: 'https://www.blosc.org/c-blosc2/reference/blosc1.html',
  },
  {
    ...named(
      'libvips',
      'https://www.libvips.org/API/current/func.concurrency_set.html',
      count => `vips_concurrency_set(${count})  // sharp: sharp.concurrency(${count})`,
    ),
    overriddenBy: /\/(@img\/)?sharp-/, // sharp.concurrency(1) on glibc
    calledBy: 'libuv pool',
  },
  named('rayon', 'https://docs.rs/rayon/latest/rayon/struct.ThreadPoolBuilder.html', count =>
    rust('rayon::ThreadPoolBuilder::new().num_threads', count),
  ),
  {
    owners: ['tokio'],
    variables: [{ name: 'TOKIO_WORKER_THREADS' }],
    code: count => rust('tokio::runtime::Builder::new_multi_thread().worker_threads', count),
    source: 'https://docs.rs/tokio/latest/tokio/runtime/struct.Builder.html#method.worker_threads',
  },
  {
    owners: ['libuv pool'],
    variables: [{ name: 'UV_THREADPOOL_SIZE', least: 2 }],
    least: 2, // with one thread, a wait for a file would stop every computation
    source: 'https://docs.libuv.org/en/v1.x/threadpool.html',
  },
  {
    owners: ['V8 platform', 'V8', 'Node'],
    variables: [
      { name: 'NODE_OPTIONS', value: count => `--v8-pool-size=${count}`, part: /--v8[-_]pool[-_]size[= ]\d+/g },
    ],
    source: 'https://nodejs.org/api/cli.html#--v8-pool-sizenum',
  },
  {
    owners: ['Node worker'],
    code: count => `start ${count} of new Worker(); in a pool: maxThreads: ${count}`,
    source: 'https://nodejs.org/api/worker_threads.html',
  },
  {
    owners: ['Go runtime'],
    variables: [{ name: 'GOMAXPROCS' }],
    code: count => `runtime.GOMAXPROCS(${count})`,
    source: 'https://pkg.go.dev/runtime#hdr-Environment_Variables',
  },
  {
    owners: ['JVM'],
    variables: [
      {
        name: 'JAVA_TOOL_OPTIONS',
        value: count => `-XX:ActiveProcessorCount=${count}`,
        part: /-XX:ActiveProcessorCount=\d+/g,
      },
      {
        name: 'JAVA_TOOL_OPTIONS',
        value: count => `-D${COMMON_POOL}=${count}`,
        besides: 1,
        part: new RegExp(`-D${COMMON_POOL}=\\d+`, 'g'),
      },
    ],
    code: count => `Executors.newFixedThreadPool(${count})`,
    least: 2, // the caller of a parallel stream, and the one thread of a ForkJoinPool on one CPU
    source: 'https://docs.oracle.com/en/java/javase/21/docs/specs/man/java.html',
  },
  {
    owners: ['.NET'],
    variables: [{ name: 'DOTNET_PROCESSOR_COUNT' }],
    code: count => `ThreadPool.SetMaxThreads(${count}, ${count})`,
    source:
      'https://learn.microsoft.com/dotnet/core/compatibility/core-libraries/6.0/environment-processorcount-on-windows',
  },
  {
    owners: ['Julia'],
    variables: [{ name: 'JULIA_NUM_THREADS' }],
    source: 'https://docs.julialang.org/en/v1/manual/environment-variables/#JULIA_NUM_THREADS',
  },
  {
    owners: ['Erlang'],
    variables: [{ name: 'ERL_FLAGS', value: count => `+S ${count}:${count}`, part: /\+S \d+(:\d+)?/g }],
    source: 'https://www.erlang.org/doc/apps/erts/erl_cmd.html',
  },
  {
    owners: ['Python thread'],
    code: count => `ThreadPoolExecutor(max_workers=${count})`,
    source: 'https://docs.python.org/3/library/concurrent.futures.html#threadpoolexecutor',
  },
  {
    owners: ['Ruby thread'],
    code: count => `start ${count} of Thread.new`,
    source: 'https://docs.ruby-lang.org/en/master/Thread.html',
  },
  {
    owners: ['DuckDB'],
    code: count => `SET threads = ${count}`,
    source: 'https://duckdb.org/docs/stable/configuration/overview.html',
  },
  {
    owners: ['data.table'],
    variables: [{ name: 'R_DATATABLE_NUM_THREADS' }],
    code: count => `data.table::setDTthreads(${count})`,
    source: 'https://rdatatable.gitlab.io/data.table/reference/openmp-utils.html',
  },
  {
    owners: ['ImageMagick'],
    variables: [{ name: 'MAGICK_THREAD_LIMIT' }],
    source: 'https://imagemagick.org/script/resources.php#environment',
  },
  { owners: ['FFmpeg'], code: count => `avctx->thread_count = ${count};`, source: FFMPEG },
  { owners: ['x264'], code: count => `param.i_threads = ${count};  // ffmpeg: -threads ${count}`, source: FFMPEG },
  {
    owners: ['x265'],
    code: count => `--pools ${count}  # ffmpeg: -x265-params pools=${count}`,
    source: 'https://x265.readthedocs.io/en/master/cli.html',
  },
  { owners: ['dav1d'], code: count => `settings.n_threads = ${count};  // ffmpeg: -threads ${count}`, source: FFMPEG },
  {
    owners: ['liblzma'],
    code: count => `mt.threads = ${count};`,
    source: 'https://github.com/tukaani-project/xz/blob/master/src/liblzma/api/lzma/container.h',
  },
  {
    owners: ['zstd'],
    code: count => `ZSTD_CCtx_setParameter(cctx, ZSTD_c_nbWorkers, ${count})`,
    source: 'https://facebook.github.io/zstd/zstd_manual.html',
  },
  {
    owners: ['LightGBM'],
    code: count => `num_threads=${count} (n_jobs=${count}) among the parameters`,
    source: 'https://lightgbm.readthedocs.io/en/stable/Parameters.html#num_threads',
  },
  {
    owners: ['XGBoost'],
    code: count => `nthread=${count} (n_jobs=${count}) among the parameters`,
    source: 'https://xgboost.readthedocs.io/en/stable/parameter.html#general-parameters',
  },
  {
    owners: ['CatBoost'],
    code: count => `thread_count=${count} among the parameters`,
    source: 'https://catboost.ai/docs/en/references/training-parameters/performance',
  },
  {
    owners: ['GLib'],
    code: count => `g_thread_pool_set_max_threads(pool, ${count}, NULL)`,
    source: 'https://docs.gtk.org/glib/method.ThreadPool.set_max_threads.html',
  },
  {
    owners: ['jemalloc'],
    variables: [
      {
        name: 'MALLOC_CONF',
        value: count => `max_background_threads:${count}`,
        part: /,?max_background_threads:\d+/g,
      },
    ],
    source: 'https://jemalloc.net/jemalloc.3.html#opt.max_background_threads',
  },
  {
    owners: ['CUDA'],
    code: count => `torch.set_num_threads(${count}), or fewer streams: CUDA's own threads have no setting`,
    source: 'https://docs.pytorch.org/docs/stable/generated/torch.set_num_threads.html',
  },
];

function rust(call: string, count: number): string {
  return `${call}(${count})`;
}

const BY_OWNER = new Map(LIBRARY_LEVERS.flatMap(lever => lever.owners.map(owner => [owner, lever] as const)));

export function libraryLever(owner: string): LibraryLever | null {
  return BY_OWNER.get(owner) ?? null;
}
