/** A library or runtime that creates threads. The table below says which one created a thread. */
export interface Library {
  name: string;
  /** matches the path of its file */
  module: RegExp;
  /** if a file contains several owners: matches the symbol of a thread's first function, or both its neighbours */
  routine?: RegExp;
  /** true: its threads compute; false: they serve the runtime (garbage, compilation, signals, files) */
  computes: boolean;
  /** the calling thread works too: a pool of 4 computes with 5 */
  callerWorks?: boolean;
  openmp?: boolean;
  /** exported variable that holds its pool size; `name()`: the variable that this function returns */
  size?: string;
  /** matches its threads' names, used if nothing better can be read */
  names?: RegExp;
}

/** The first match wins. Sources: the libraries' files and symbols as Debian, npm and PyPI ship them. */
export const LIBRARIES: readonly Library[] = [
  {
    name: 'OpenBLAS',
    module: /(^|\/)(lib(scipy_)?openblas[^/]*|openblas-[^/]*\/lib(blas|lapack)[^/]*)$/,
    computes: true,
    callerWorks: true,
    size: 'blas_cpu_number',
  },
  {
    name: 'BLIS',
    module: /(^|\/)(libblis[^/]*|blis-[^/]*\/libblas[^/]*|libaocl[^/]*)$/,
    computes: true,
    callerWorks: true,
  },
  {
    name: 'libgomp',
    module: /(^|\/)libgomp[^/]*$/,
    computes: true,
    callerWorks: true,
    openmp: true,
    size: 'omp_get_max_threads()',
  },
  { name: 'libiomp5', module: /(^|\/)libiomp5?[^/]*$/, computes: true, callerWorks: true, openmp: true },
  { name: 'libomp', module: /(^|\/)libomp[^/]*$/, computes: true, callerWorks: true, openmp: true },
  { name: 'MKL', module: /(^|\/)libmkl_[^/]*$/, computes: true, callerWorks: true },
  { name: 'TBB', module: /(^|\/)libtbb(12|bind)?[.-][^/]*$/, computes: true, callerWorks: true, names: /^tbb/ },
  { name: 'onnxruntime', module: /(^|\/)(libonnxruntime|onnxruntime)[^/]*$/, computes: true, callerWorks: true },
  {
    name: 'TensorFlow',
    module: /(^|\/)(libtensorflow|_pywrap_tensorflow)[^/]*$/,
    computes: true,
    names: /^(tf_|tensorflow)/,
  },
  { name: 'JAX', module: /(^|\/)(xla_extension|libjax|_jax)[^/]*$/, computes: true },
  { name: 'torch', module: /(^|\/)(libtorch|libc10|libcaffe2)[^/]*$/, computes: true, names: /^pt_/ },
  { name: 'pthreadpool', module: /(^|\/)libpthreadpool[^/]*$/, computes: true, callerWorks: true },
  { name: 'polars', module: /(^|\/)(_?polars)[^/]*\.so[^/]*$/, computes: true, names: /^polars-/ },
  { name: 'numexpr', module: /\/numexpr\/[^/]*$/, computes: true },
  { name: 'numba', module: /\/numba\/(.*\/)?(workqueue|omppool|tbbpool)[^/]*$/, computes: true },
  { name: 'Arrow', module: /(^|\/)libarrow[^/]*$/, computes: true },
  { name: 'OpenCV', module: /(^|\/)(libopencv_|cv2)[^/]*$/, computes: true },
  { name: 'blosc', module: /(^|\/)(libblosc|blosc|blosc2)[^/]*$/, computes: true },
  { name: 'libvips', module: /(^|\/)libvips[^/]*$/, computes: true, names: /^(libvips|vips)/ },
  { name: 'DuckDB', module: /(^|\/)(libduckdb|_?duckdb)[^/]*\.(so|node)[^/]*$/, computes: true, callerWorks: true },
  { name: 'data.table', module: /(^|\/)data_?table\.so$/, computes: true },
  { name: 'ImageMagick', module: /(^|\/)libMagick[^/]*$/, computes: true },
  { name: 'LightGBM', module: /(^|\/)lib_?lightgbm[^/]*$/, computes: true },
  { name: 'XGBoost', module: /(^|\/)libxgboost[^/]*$/, computes: true },
  { name: 'CatBoost', module: /(^|\/)(_catboost|libcatboost)[^/]*$/, computes: true },
  { name: 'x264', module: /(^|\/)libx264[^/]*$/, computes: true },
  { name: 'x265', module: /(^|\/)libx265[^/]*$/, computes: true },
  { name: 'dav1d', module: /(^|\/)libdav1d[^/]*$/, computes: true },
  {
    name: 'FFmpeg',
    module: /(^|\/)lib(avcodec|avutil|avfilter|avformat|swscale|swresample)[-.][^/]*$/,
    computes: true,
  },
  { name: 'liblzma', module: /(^|\/)liblzma[-.][^/]*$/, computes: true },
  { name: 'zstd', module: /(^|\/)(libzstd[^/]*|zstd|zstdmt)$/, computes: true },
  { name: 'rayon', module: /./, routine: /rayon_core/, computes: true },
  { name: 'tokio', module: /./, routine: /tokio/, computes: true, names: /^tokio-/ },
  { name: 'libuv pool', module: /(^|\/)libuv[^/]*$/, computes: true, names: /^libuv-worker/ },
  {
    name: 'libuv pool',
    module: /(^|\/)(node|nodejs|electron|libnode[^/]*|loop\.[^/]*)$/,
    routine: /^worker$/,
    computes: true,
  },
  {
    name: 'libuv pool',
    module: /./,
    routine: /^uv_(barrier|_work|queue_work|_threadpool|cancel$|timer_init$)/,
    computes: true,
  },
  {
    name: 'V8 platform',
    module: /./,
    routine: /PlatformWorkerThread|DelayedTaskScheduler|WorkerThreadsTaskRunner|v8\d*platform/,
    computes: false,
    names: /^V8 ?Worker|^DelayedTaskSche/,
  },
  { name: 'Node worker', module: /./, routine: /node6worker6Worker|WorkerThread.*StartThread/, computes: true },
  { name: 'V8', module: /./, routine: /^_ZN2v8/, computes: false },
  { name: 'Node', module: /(^|\/)(node|nodejs|libnode[^/]*)$/, computes: false, names: /^SignalInspector/ },
  { name: 'Go runtime', module: /./, routine: /^(_cgo_|x_cgo_)?threadentry$/, computes: true },
  { name: 'JVM', module: /(^|\/)(libjvm|libjli)\.so$/, computes: true },
  { name: '.NET', module: /(^|\/)(libcoreclr|libclr|libSystem\.Native)[^/]*$/, computes: true },
  { name: 'Julia', module: /(^|\/)libjulia[^/]*$/, computes: true },
  { name: 'Erlang', module: /(^|\/)beam(\.smp)?$/, computes: true },
  { name: 'Ruby thread', module: /(^|\/)(libruby[^/]*|ruby[\d.]*)$/, computes: true },
  { name: 'Python thread', module: /(^|\/)(lib)?python\d[^/]*$/, computes: true },
  { name: 'GLib', module: /(^|\/)libglib-[^/]*$/, computes: false },
  { name: 'jemalloc', module: /(^|\/)libjemalloc[^/]*$/, computes: false, names: /^jemalloc_bg/ },
  { name: 'CUDA', module: /(^|\/)lib(cuda|cudart|nccl|nvidia)[^/]*$/, computes: false, names: /^cuda-/ },
];

/** Modules whose thread function only calls the function it was given: the owner is the module of that function. */
export const TRAMPOLINES: readonly RegExp[] = [
  /(^|\/)libstdc\+\+[^/]*$/,
  /(^|\/)libc\+\+[^/]*$/,
  /(^|\/)libglib-[^/]*$/,
];

/** Exported variables that hold a pool's size, for the addon to read. */
export const SIZE_VARIABLES: readonly string[] = [...new Set(LIBRARIES.flatMap(library => library.size ?? []))];

/** The library that a loaded file belongs to; null = none in the table. */
export function libraryOfModule(path: string): Library | null {
  return LIBRARIES.find(library => !library.routine && library.module.test(path)) ?? null;
}

export interface StartedIn {
  module: string;
  symbol: string;
  before: string;
  after: string;
}

/** The owner of a thread that starts in this function, and whether only neighbouring symbols say so. */
export function libraryOfRoutine({
  module,
  symbol,
  before,
  after,
}: StartedIn): { library: Library; bracketed: boolean } | null {
  for (const library of LIBRARIES) {
    if (!library.module.test(module)) continue;
    if (!library.routine) return { library, bracketed: false };
    if (symbol !== '' ? library.routine.test(symbol) : library.routine.test(before) && library.routine.test(after))
      return { library, bracketed: symbol === '' };
  }
  return null;
}

/** The owner by a thread's name: weak evidence, for a process whose memory we may not read. */
export function libraryOfName(name: string): Library | null {
  return LIBRARIES.find(library => library.names?.test(name)) ?? null;
}

const BY_NAME = new Map(LIBRARIES.map(library => [library.name, library]));

export function libraryNamed(name: string): Library | null {
  return BY_NAME.get(name) ?? null;
}
