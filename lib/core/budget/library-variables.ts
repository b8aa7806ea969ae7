import { CHOSEN_CPUS } from '../machine/chosen-cpus.js';
import type { Environment } from '../environment.js';
import { LIBRARY_VARIABLES, PINNING_VARIABLES, THREAD_VARIABLES, threadCount } from './thread-variables.js';

/** Variables that tell how long threads without work keep their CPUs. */
export const SPINNING_VARIABLES: readonly string[] = [
  'OMP_WAIT_POLICY',
  'GOMP_SPINCOUNT',
  'KMP_BLOCKTIME',
  'KMP_LIBRARY',
  'OPENBLAS_THREAD_TIMEOUT',
];

/** Names that programs and their guides set, and that no library reads. */
const READ_BY_NOBODY = ['TBB_NUM_THREADS', 'RAYON_RS_NUM_THREADS', 'TORCH_NUM_THREADS', 'TORCH_NUM_INTEROP_THREADS'];

/** All variables that an audit looks at. */
export const AUDITED_VARIABLES: ReadonlySet<string> = new Set([
  ...THREAD_VARIABLES.map(variable => variable.name),
  ...Object.values(LIBRARY_VARIABLES).flat(),
  ...PINNING_VARIABLES,
  ...SPINNING_VARIABLES,
  ...READ_BY_NOBODY,
  'UV_THREADPOOL_SIZE',
  CHOSEN_CPUS,
]);

/** The variables that a library looks at for its number of threads, the one that wins first; none where it has none. */
export function variablesOf(library: string): readonly string[] {
  return SOURCES.find(([name]) => name === library)?.[1] ?? [];
}

const SOURCES: readonly [string, readonly string[]][] = Object.entries(LIBRARY_VARIABLES);

/** Libraries whose file among a process's modules tells that they are there: of others an absence says nothing. */
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

/** Variables of a number of threads with the libraries that read them, where modules tell whether one of these is loaded. */
export const READERS: ReadonlyMap<string, readonly string[]> = new Map([
  ...KNOWN_BY_FILE.flatMap(variablesOf).map((variable): [string, string[]] => [
    variable,
    SOURCES.flatMap(([library, variables]) => (variables.includes(variable) ? [library] : [])),
  ]),
  ...READ_BY_NOBODY.map((variable): [string, string[]] => [variable, []]),
]);

/** A variable and the number of threads that it asks for. */
export interface Asked {
  variable: string;
  threads: number;
}

/** What a library is told by its variables, the one that wins first. */
export function askedOf(library: string, environment: Environment): Asked[] {
  return variablesOf(library).flatMap(variable => {
    const threads = threadCount(environment[variable]);
    return threads === null ? [] : [{ variable, threads }];
  });
}

/**
 * Of a governed program's variables those that its user has set: the others hold what most of them hold.
 * Of any other program all of them.
 */
export function ownVariables(environment: Environment): Environment {
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

/** Only the governor sets all of them. */
export function isGoverned(environment: Environment): boolean {
  return THREAD_VARIABLES.every(variable => (environment[variable.name] ?? '') !== '');
}
