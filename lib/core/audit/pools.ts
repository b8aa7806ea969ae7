import type { AuditedPool, AuditedProcess, LoadedModule } from './audited.js';
import { libraryNamed } from './libraries.js';

/**
 * Groups threads by the copy of the library that created them and by process: the workers of one pool together, every
 * other process separately. Includes pools that are configured but not started. The largest first.
 */
export function poolsOf(processes: readonly AuditedProcess[]): AuditedPool[] {
  const pools = new Map<string, AuditedPool>();
  for (const process of processes) {
    for (const [key, made] of madeBy(process)) {
      const group = groupOf(process);
      const known = pools.get(`${group}\n${key}`);
      pools.set(`${group}\n${key}`, known ? joined(known, process, made) : poolOf(process, made));
    }
  }
  return [...pools.values()].sort(
    (a, b) => b.threads - a.threads || b.run + b.wait - a.run - a.wait || (a.library < b.library ? -1 : 1),
  );
}

/** CPUs wanted from which main threads are worth a line. */
const WANTING = 0.1;

/** The main threads of the same groups, if they want CPUs: workers with one thread each have no others. */
export function mainThreadsOf(processes: readonly AuditedProcess[]): AuditedPool[] {
  const groups = new Map<string, AuditedPool>();
  for (const process of processes) {
    const main = process.threads.find(thread => thread.owner.library === 'main');
    if (!main) continue;
    const made = { library: 'main', module: null, started: 1, configured: null, run: main.run, wait: main.wait };
    const key = groupOf(process);
    const known = groups.get(key);
    groups.set(key, known ? joined(known, process, made) : poolOf(process, made));
  }
  return [...groups.values()].filter(({ run, wait }) => run + wait >= WANTING);
}

/** What is grouped: the workers of one parent together, every other process by itself. */
export function groupOf(process: AuditedProcess): string {
  return process.role === 'worker' ? `workers of ${poolParentOf(process)}` : `process ${process.pid}`;
}

/** The pid of the process whose pool a worker belongs to. */
export function poolParentOf(process: AuditedProcess): number {
  return process.pool ?? process.ppid;
}

interface Made {
  library: string;
  module: string | null;
  started: number;
  configured: number | null;
  run: number;
  wait: number;
}

/** What each copy of a library created in one process, by library and file. */
function madeBy(process: AuditedProcess): Map<string, Made> {
  const made = new Map<string, Made>();
  const add = (library: string, module: string | null) => {
    const key = `${library}\n${module ?? ''}`;
    let found = made.get(key);
    if (!found)
      made.set(
        key,
        (found = { library, module, started: 0, configured: configuredOf(process.modules, module), run: 0, wait: 0 }),
      );
    return found;
  };
  for (const module of process.modules)
    if (module.library !== null && (module.configured ?? 1) > 1) add(module.library, module.path);
  for (const { owner, run, wait } of process.threads) {
    if (owner.library === 'main') continue;
    const found = add(owner.library, owner.module);
    found.started++;
    found.run += run;
    found.wait += wait;
  }
  return made;
}

function configuredOf(modules: readonly LoadedModule[], path: string | null): number | null {
  return modules.find(module => module.path === path)?.configured ?? null;
}

function poolOf(process: AuditedProcess, made: Made): AuditedPool {
  const library = libraryNamed(made.library);
  const computing = computingThreads(made);
  return {
    library: made.library,
    module: made.module,
    role: process.role,
    parent: poolParentOf(process),
    pids: [process.pid],
    processes: 1,
    started: made.started,
    threadsPerProcess: computing,
    threads: computing,
    configured: made.configured,
    computes: library?.computes ?? true,
    run: made.run,
    wait: made.wait,
  };
}

function joined(pool: AuditedPool, process: AuditedProcess, made: Made): AuditedPool {
  const computing = computingThreads(made);
  return {
    ...pool,
    pids: [...pool.pids, process.pid],
    processes: pool.processes + 1,
    started: Math.max(pool.started, made.started),
    threadsPerProcess: Math.max(pool.threadsPerProcess, computing),
    threads: pool.threads + computing,
    configured: Math.max(pool.configured ?? 0, made.configured ?? 0) || null,
    run: pool.run + made.run,
    wait: pool.wait + made.wait,
  };
}

/** Adds the thread that calls a BLAS or OpenMP: it computes together with those it started. */
function computingThreads({ library, started }: Made): number {
  return started > 0 && libraryNamed(library)?.callerWorks ? started + 1 : started;
}
