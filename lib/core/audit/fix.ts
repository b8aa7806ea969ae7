import { computeBudget, type Budget } from '../budget/budget.js';
import { subtract, type Cpuset } from '../cpuset.js';
import { allowedCpus, onlineInCpuset, restrictTo, type Host } from '../machine/host.js';
import { variablesOf } from '../budget/library-variables.js';
import { reservedCpus } from '../placement/places.js';
import { shellLine } from '../shell.js';
import type { Environment } from '../environment.js';
import { threadEnvironment } from '../budget/thread-environment.js';
import { pinningVariables } from '../budget/thread-variables.js';

/** What to set so that the program fits its CPUs; `formatFix` turns it into text. */
export interface AuditFix {
  /** one shell line that applies the whole fix; null: it is unknown how the program is started */
  command: string | null;
  /** the variables to set if the program is started another way */
  variables: Record<string, string>;
  /** variables to remove: they make a library pin threads */
  unset: string[];
  /** workers to start: as many as there are now, at least 1 */
  workers: number;
  /** threads that each worker should have */
  threadsPerWorker: number;
  /** threads to expect in the whole tree after the fix */
  expectedThreads: number;
  /** CPUs for the whole tree: the allowed ones, minus the reserve if the workers fit into the rest */
  cpus: Cpuset;
  /** CPU time for the whole tree, in CPUs: the current limit; null if there is none */
  quota: number | null;
  /** the program and its arguments, as it can be started again; null: unknown */
  program: string[] | null;
  /** `governor run`, its options and the program; unlike `command` it removes no variables; null: unknown */
  run: string[] | null;
  /** the directory to start it in; null: that of this process, or unknown */
  directory: string | null;
}

/** What the audit knows about the program that needs a fix. */
export interface Ailing {
  /** threads that no variable changes: those of parents and helpers, and workers' threads that do not compute */
  others?: number;
  /** libraries that created its threads: the fix sets their variables. If none has a variable, those of USUAL */
  libraries?: Iterable<string>;
}

/**
 * What to set so that a program with that many workers fits this machine. Replaces the program's own values.
 * @param machine as the program sees it
 * @param commandLine the program and its arguments; null: unknown
 * @param workers processes of its pools; 0 = it has none
 */
export function fixFor(
  machine: Host,
  commandLine: readonly string[] | null,
  workers: number,
  environment: Environment,
  { others = workers > 0 ? 1 : 0, libraries = [] }: Ailing = {},
): AuditFix {
  const unset = pinningVariables(environment).map(({ name }) => name);
  const host = unset.length > 0 ? withoutAffinity(machine) : machine;
  const budget: Budget = computeBudget(host, workers > 0 ? { workers } : {});
  const { threadsPerWorker } = budget;
  const { set } = threadEnvironment({ workers: budget.workers, threads: threadsPerWorker }, {});
  const named = namesFor(libraries);
  // Not a governed variable, because the libuv pool also waits for files.
  const pools = [...libraries].includes('libuv pool') ? { UV_THREADPOOL_SIZE: String(threadsPerWorker) } : {};
  const variables = Object.fromEntries(
    Object.entries({ ...set, ...pools }).filter(
      ([name]) => named(name) || name in pools || environment[name] !== undefined,
    ),
  );
  const options = workers > 0 && threadsPerWorker > 1 ? ['--workers', String(workers)] : [];
  const own = Object.keys(set).filter(
    name => environment[name] !== undefined && environment[name] !== '' && environment[name] !== set[name],
  );
  const remove = [...own, ...unset];
  const prefix = remove.length > 0 ? ['env', ...remove.flatMap(name => ['-u', name])] : [];
  const program = commandLine && [...commandLine];
  const run = program && ['governor', 'run', ...options, '--', ...program];
  return {
    command: run && shellLine([...prefix, ...run]),
    variables,
    unset,
    workers: budget.workers,
    threadsPerWorker,
    expectedThreads: Math.max(1, workers) * threadsPerWorker + others,
    cpus: cpusFor(host, budget),
    quota: host.limits.quota?.value ?? null,
    program,
    run,
    directory: null,
  };
}

const USUAL = ['OpenBLAS', 'MKL', 'libgomp', 'numexpr', 'numba'];

/** Whether the fix sets a variable: the libraries' own, or the usual ones'; MKL_DYNAMIC goes with MKL_NUM_THREADS. */
function namesFor(libraries: Iterable<string>): (name: string) => boolean {
  const of = (names: Iterable<string>) => new Set([...names].flatMap(variablesOf));
  const own = of(libraries);
  const names = own.size > 0 ? own : of(USUAL);
  return name => names.has(name) || names.has(name.replace(/_(DYNAMIC|MAX_THREADS)$/, '_NUM_THREADS'));
}

/** The host without the program's affinity: a variable narrowed it, and the fix removes that variable. */
function withoutAffinity(host: Host): Host {
  return { ...restrictTo(host, onlineInCpuset(host)), limits: { ...host.limits, affinity: null } };
}

function cpusFor(host: Host, budget: Budget): Cpuset {
  const allowed = allowedCpus(host);
  const rest = subtract(allowed, reservedCpus(host, budget));
  return budget.workers * budget.threadsPerWorker <= rest.length ? rest : allowed;
}
