import { computeBudget, type Budget } from './budget.js';
import type { Host } from './host.js';
import { shellLine } from './shell.js';
import { pinningVariables, threadEnvironment, type Environment } from './thread-variables.js';

export interface Fix {
  /** a shell line that does it all */
  command: string;
  /** the variables to set before the program starts, for those who start it by other means */
  variables: Record<string, string>;
  /** variables to remove: they pin threads from inside of a library */
  unset: string[];
  workers: number;
  threadsPerWorker: number;
}

/** What to set so that a program of so many workers fits this machine. The program's own values are replaced. */
export function fixFor(host: Host, commandLine: readonly string[], workers: number, environment: Environment): Fix {
  const budget: Budget = computeBudget(host, workers > 0 ? { workers } : {});
  const { threadsPerWorker } = budget;
  const { set } = threadEnvironment({ workers: budget.workers, threads: threadsPerWorker }, {});
  const variables = Object.fromEntries(Object.entries(set).filter(([name]) => /^(OMP|MKL|OPENBLAS|NUMEXPR|NUMBA)_/.test(name) || environment[name] !== undefined));
  const unset = pinningVariables(environment).map(({ name }) => name);
  const options = workers > 0 && threadsPerWorker > 1 ? ['--workers', String(workers)] : [];
  const own = Object.keys(set).filter(name => environment[name] !== undefined && environment[name] !== '' && environment[name] !== set[name]);
  const remove = [...own, ...unset];
  const prefix = remove.length > 0 ? ['env', ...remove.flatMap(name => ['-u', name])] : [];
  return { command: shellLine([...prefix, 'governor', 'run', ...options, '--', ...(commandLine.length > 0 ? commandLine : ['CMD'])]), variables, unset, workers: budget.workers, threadsPerWorker };
}
