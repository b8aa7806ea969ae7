import type { AuditedProcess } from '../audited.js';
import { poolParentOf } from '../pools.js';
import { SHELLS } from '../../processes/shells.js';
import type { LeverAim, PulledLever } from './pull.js';
import { byCode, byOption } from './pull.js';
import { programLever } from './program-levers.js';

/** Programs that start workers from code, known by the workers or by their parent. The first one that fits counts. */
interface Starter {
  owner: string;
  /** whether the worker, and the file name of its parent's program, are of this kind */
  fits: (worker: AuditedProcess, parent: string) => boolean;
  code: (count: number) => string;
  source: string;
}

const PYTHON = /^(python|pypy)[\d.]*$/;

const STARTERS: readonly Starter[] = [
  {
    owner: 'joblib',
    fits: worker => worker.commandLine.some(word => /loky\.backend\.popen_loky_posix\b/.test(word)),
    code: count => `n_jobs=${count}`,
    source: 'https://joblib.readthedocs.io/en/stable/generated/joblib.Parallel.html',
  },
  {
    owner: 'torch DataLoader',
    fits: worker => worker.command === 'pt_data_worker',
    code: count => `DataLoader(…, num_workers=${count})`,
    source: 'https://docs.pytorch.org/docs/stable/data.html',
  },
  {
    owner: 'Ray',
    fits: (_, parent) => parent === 'raylet',
    code: count => `ray.init(num_cpus=${count})  # or: ray start --num-cpus=${count}`,
    source: 'https://docs.ray.io/en/latest/ray-core/api/doc/ray.init.html',
  },
  {
    owner: 'multiprocessing',
    fits: (worker, parent) =>
      PYTHON.test(parent) || worker.commandLine.some(word => /multiprocessing[.-](spawn|fork)/.test(word)),
    code: count => `Pool(${count}), ProcessPoolExecutor(max_workers=${count}) or n_jobs=${count}`,
    source: 'https://docs.python.org/3/library/multiprocessing.html#multiprocessing.pool.Pool',
  },
  {
    owner: 'R parallel',
    fits: (_, parent) => /^(R|Rscript)$/.test(parent),
    code: count => `mc.cores = ${count}, or makeCluster(${count})`,
    source: 'https://stat.ethz.ch/R-manual/R-devel/library/parallel/html/mclapply.html',
  },
  {
    owner: 'Node processes',
    fits: (_, parent) => /^(node|nodejs|bun|deno|electron)$/.test(parent),
    code: count => `call cluster.fork(), or start workers, ${count} times`,
    source: 'https://nodejs.org/api/cluster.html',
  },
  {
    owner: 'Ruby processes',
    fits: (_, parent) => /^ruby[\d.]*$/.test(parent),
    code: count => `fork ${count} times`,
    source: 'https://docs.ruby-lang.org/en/master/Process.html',
  },
  {
    owner: 'a shell',
    fits: (_, parent) => SHELLS.has(parent),
    code: count => `run ${count} at a time: xargs -P ${count}`,
    source: 'https://www.gnu.org/software/findutils/manual/html_node/find_html/xargs-options.html',
  },
];

/** What sets the number of these workers: an option of the program that starts them, or its code; null if unknown. */
export function workerLever(
  workers: readonly AuditedProcess[],
  processes: readonly AuditedProcess[],
  value: number,
): PulledLever | null {
  const byPid = new Map(processes.map(process => [process.pid, process]));
  const worker = workers[0]!;
  const aim = { of: 'workers', value, now: workers.length } as const;
  const parent = byPid.get(poolParentOf(worker));
  for (let at = parent; at; at = byPid.get(at.ppid)) {
    const found = programLever(at.commandLine, 'workers');
    if (!found) continue;
    const named: LeverAim = { ...aim, owner: found.name };
    return byOption(named, found.option, at.commandLine, at.environment ?? {});
  }
  const program = (parent?.commandLine[0] ?? parent?.command ?? '').replace(/^.*\//, '');
  const starter = STARTERS.find(({ fits }) => fits(worker, program));
  return starter ? byCode({ ...aim, owner: starter.owner }, starter.code, starter.source) : null;
}

/** Every program that `workerLever` knows by its workers, with what to write. */
export const STARTER_LEVERS: readonly Pick<Starter, 'owner' | 'code' | 'source'>[] = STARTERS;
