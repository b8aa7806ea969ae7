import { CHOSEN_CPUS } from '../machine/chosen-cpus.js';
import type { Environment } from '../environment.js';
import { GOVERNOR_SET, setByGovernor } from './marker.js';
import { LIBRARY_VARIABLES, PINNING_VARIABLES, THREAD_VARIABLES, threadCount } from './thread-variables.js';

/** Variables that set how long idle threads keep their CPUs. */
export const SPINNING_VARIABLES: readonly string[] = [
  'OMP_WAIT_POLICY',
  'GOMP_SPINCOUNT',
  'KMP_BLOCKTIME',
  'KMP_LIBRARY',
  'OPENBLAS_THREAD_TIMEOUT',
];

/** Names that programs and guides use, but no library reads. */
const READ_BY_NOBODY = ['TBB_NUM_THREADS', 'RAYON_RS_NUM_THREADS', 'TORCH_NUM_THREADS', 'TORCH_NUM_INTEROP_THREADS'];

/** All variables that an audit reads. */
export const AUDITED_VARIABLES: ReadonlySet<string> = new Set([
  ...THREAD_VARIABLES.map(variable => variable.name),
  ...Object.values(LIBRARY_VARIABLES).flat(),
  'NPROC',
  ...PINNING_VARIABLES,
  ...SPINNING_VARIABLES,
  ...READ_BY_NOBODY,
  'UV_THREADPOOL_SIZE',
  CHOSEN_CPUS,
  GOVERNOR_SET,
]);

/** The variables from which a library takes its number of threads, by precedence; empty if it has none. */
export function variablesOf(library: string): readonly string[] {
  return SOURCES.find(([name]) => name === library)?.[1] ?? [];
}

/** Runtimes and libraries that read one variable, and whose threads the budget does not predict. */
const OTHER_SOURCES: readonly [string, readonly string[]][] = [
  ['Go runtime', ['GOMAXPROCS']],
  ['.NET', ['DOTNET_PROCESSOR_COUNT']],
  ['Julia', ['JULIA_NUM_THREADS']],
  ['JAX', ['PJRT_NPROC', 'NPROC']],
  ['blosc', ['BLOSC_NTHREADS']],
  ['tokio', ['TOKIO_WORKER_THREADS']],
];

const SOURCES: readonly [string, readonly string[]][] = [...Object.entries(LIBRARY_VARIABLES), ...OTHER_SOURCES];

/** Libraries that a process surely has not loaded if their file is not among its modules. */
const KNOWN_BY_FILE = [
  'OpenBLAS',
  'BLIS',
  'MKL',
  'libgomp',
  'libomp',
  'libiomp5',
  'torch',
  'TensorFlow',
  'numexpr',
  'polars',
  'libvips',
];

/** Thread-count variables, each with the libraries that read it, for the libraries in KNOWN_BY_FILE. */
export const READERS: ReadonlyMap<string, readonly string[]> = new Map([
  ...KNOWN_BY_FILE.flatMap(variablesOf).map((variable): [string, string[]] => [
    variable,
    SOURCES.flatMap(([library, variables]) => (variables.includes(variable) ? [library] : [])),
  ]),
  ...READ_BY_NOBODY.map((variable): [string, string[]] => [variable, []]),
]);

/** A variable and the number of threads that it requests. */
export interface Asked {
  variable: string;
  threads: number;
}

/** The numbers of threads that a library's variables request, by precedence. */
export function askedOf(library: string, environment: Environment): Asked[] {
  return variablesOf(library).flatMap(variable => {
    const threads = threadCount(environment[variable]);
    return threads === null ? [] : [{ variable, threads }];
  });
}

/**
 * The variables that the user has set. GOVERNOR_SET names those of the governor. If it has been removed from a governed
 * program, a variable with the most common value counts as the governor's; in any other program all are the user's.
 */
export function ownVariables(environment: Environment): Environment {
  const marked = setByGovernor(environment);
  if (marked.size > 0)
    return Object.fromEntries(Object.entries(environment).filter(([name, value]) => marked.get(name) !== value));
  if (!isGoverned(environment)) return environment;
  const times = new Map<string, number>();
  for (const variable of THREAD_VARIABLES) {
    const value = environment[variable.name]!;
    if (variable.set === 'threads') times.set(value, (times.get(value) ?? 0) + 1);
  }
  const [given] = [...times].reduce((most, one) => (one[1] > most[1] ? one : most));
  const ours = new Set(
    THREAD_VARIABLES.filter(({ name, set }) => set !== 'threads' || environment[name] === given).map(
      variable => variable.name,
    ),
  );
  return Object.fromEntries(Object.entries(environment).filter(([name]) => !ours.has(name)));
}

/** Whether the governor started the program: nobody else sets GOVERNOR_SET, or all these variables. */
export function isGoverned(environment: Environment): boolean {
  if (setByGovernor(environment).size > 0) return true;
  return THREAD_VARIABLES.every(({ name, runtime }) => runtime !== undefined || (environment[name] ?? '') !== '');
}
