import { computeBudget, type Budget } from '../budget/budget.js';
import { subtract, type Cpuset } from '../cpuset.js';
import { allowedCpus, onlineCpus, type Host } from '../machine/host.js';
import { allowedOf } from '../machine/limits.js';
import { variablesOf } from '../budget/library-variables.js';
import { reservedCpus } from '../placement/places.js';
import { shellLine } from '../shell.js';
import type { Environment } from '../environment.js';
import { pinningVariables, threadEnvironment } from '../budget/thread-variables.js';

export interface AuditFix {
  /** a shell line that does it all */
  command: string;
  /** the variables to set before the program starts, for those who start it by other means */
  variables: Record<string, string>;
  /** variables to remove: they pin threads from inside of a library */
  unset: string[];
  workers: number;
  threadsPerWorker: number;
  /** threads to expect of the whole tree afterwards */
  expectedThreads: number;
  /** CPUs for the whole tree: the allowed ones, without the reserve where the workers fit into the rest */
  cpus: Cpuset;
  /** CPU time for the whole tree, in CPUs: the limit that holds already; null where there is none */
  quota: number | null;
  /** the program and its arguments */
  program: string[];
  /** the words of `governor run` with its options and the program, without what `command` removes from the environment */
  run: string[];
}

/** What was seen of the program that a fix is for. */
export interface Ailing {
  /** threads of the tree that stay whatever is set: parents and helpers, and in workers those that do not compute */
  others?: number;
  /** that have made its threads; the variables of those are named. None that has a variable: those of the usual ones */
  libraries?: Iterable<string>;
}

/**
 * What to set so that a program of so many workers fits this machine. The program's own values are replaced.
 * @param seen the machine as the program sees it
 * @param workers processes of its pools; 0 = it has none
 */
export function fixFor(
  seen: Host,
  commandLine: readonly string[],
  workers: number,
  environment: Environment,
  { others = workers > 0 ? 1 : 0, libraries = [] }: Ailing = {},
): AuditFix {
  const unset = pinningVariables(environment).map(({ name }) => name);
  const host = unset.length > 0 ? withoutAffinity(seen) : seen;
  const budget: Budget = computeBudget(host, workers > 0 ? { workers } : {});
  const { threadsPerWorker } = budget;
  const { set } = threadEnvironment({ workers: budget.workers, threads: threadsPerWorker }, {});
  const named = namesFor(libraries);
  const pools = [...libraries].includes('libuv pool') ? { UV_THREADPOOL_SIZE: String(threadsPerWorker) } : {}; // not governed: it waits for files, too
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
  const program = commandLine.length > 0 ? [...commandLine] : ['CMD'];
  const run = ['governor', 'run', ...options, '--', ...program];
  return {
    command: shellLine([...prefix, ...run]),
    variables,
    unset,
    workers: budget.workers,
    threadsPerWorker,
    expectedThreads: Math.max(1, workers) * threadsPerWorker + others,
    cpus: cpusFor(host, budget),
    quota: host.limits.quota?.value ?? null,
    program,
    run,
  };
}

const USUAL = ['OpenBLAS', 'MKL', 'libgomp', 'numexpr', 'numba'];

/** Whether a variable is one of those libraries', or of the usual ones where they have none; with MKL_NUM_THREADS goes MKL_DYNAMIC. */
function namesFor(libraries: Iterable<string>): (name: string) => boolean {
  const of = (names: Iterable<string>) => new Set([...names].flatMap(variablesOf));
  const own = of(libraries);
  const names = own.size > 0 ? own : of(USUAL);
  return name => names.has(name) || names.has(name.replace(/_(DYNAMIC|MAX_THREADS)$/, '_NUM_THREADS'));
}

/** What pins threads has narrowed the program's own affinity, and will be gone. */
function withoutAffinity(host: Host): Host {
  const allowed = new Set(allowedOf(onlineCpus(host), { ...host.limits, affinity: null }));
  return {
    ...host,
    cpus: host.cpus.map(cpu => ({ ...cpu, allowed: allowed.has(cpu.cpu) })),
    limits: { ...host.limits, affinity: null },
  };
}

function cpusFor(host: Host, budget: Budget): Cpuset {
  const allowed = allowedCpus(host);
  const rest = subtract(allowed, reservedCpus(host, budget));
  return budget.workers * budget.threadsPerWorker <= rest.length ? rest : allowed;
}
