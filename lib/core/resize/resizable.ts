import { libraryNamed, libraryOfModule } from '../audit/libraries.js';
import { POOL_KINDS, type LivePoolRecord } from './records.js';

type PoolKind = (typeof POOL_KINDS)[number];

/** The library that each kind of pool belongs to, unless the name of its file says something else. */
const LIBRARY_OF_KIND: Readonly<Record<PoolKind, string>> = {
  openblas: 'OpenBLAS',
  libgomp: 'libgomp',
  'libgomp-thread': 'libgomp',
  libomp: 'libomp',
  blis: 'BLIS',
};

/** Libraries whose pools can be resized while they run. */
export const RESIZABLE: readonly string[] = ['OpenBLAS', 'BLIS', 'libgomp', 'libomp', 'libiomp5'];

const THROUGH_OPENMP = 'it tells its OpenMP runtime a number each time';
const STARTED_ONCE = 'its threads are started once, and divide the work by their number';
const OWN_QUEUES = 'each of its threads has a queue, and none can be left out';
/** Why the pools of the other libraries cannot be resized; for those that are not named, UNKNOWN. */
const WHY_NOT: Readonly<Record<string, string>> = {
  MKL: 'it keeps its number to itself; the threads of its OpenMP runtime can be resized',
  TBB: 'each of its arenas has its own size',
  onnxruntime: STARTED_ONCE,
  TensorFlow: STARTED_ONCE,
  JAX: STARTED_ONCE,
  torch: 'its threads between operators are started once; those of its OpenMP runtime can be resized',
  pthreadpool: STARTED_ONCE,
  numexpr: STARTED_ONCE,
  polars: OWN_QUEUES,
  rayon: OWN_QUEUES,
  tokio: OWN_QUEUES,
  DuckDB: 'only its own SET threads can do it',
  'data.table': THROUGH_OPENMP,
  ImageMagick: THROUGH_OPENMP,
  LightGBM: THROUGH_OPENMP,
  XGBoost: THROUGH_OPENMP,
  'libuv pool': 'it reads its size once, when its first work is queued',
};
const UNKNOWN = 'no size of it is known that could be changed';
const NOT_RECOGNISED = 'this build of it was not recognised';

/** Why no pool of a library was found that can be resized, though it has threads; null: they do not compute. */
export function whyNotResizable(library: string): string | null {
  if (RESIZABLE.includes(library)) return NOT_RECOGNISED;
  const known = libraryNamed(library);
  return known?.computes ? (WHY_NOT[library] ?? UNKNOWN) : null;
}

export function libraryOfPool({ kind, module }: LivePoolRecord): string {
  const byFile = libraryOfModule(module)?.name;
  return byFile !== undefined && RESIZABLE.includes(byFile) ? byFile : LIBRARY_OF_KIND[POOL_KINDS[kind]!];
}

/** A library that a user named, whatever its case; null: none has that name. */
export function resizableNamed(name: string): string | null {
  return RESIZABLE.find(library => library.toLowerCase() === name.toLowerCase()) ?? null;
}
