import type { AuditedPool, AuditedProcess, AuditedThread, AuditFinding, LoadedModule, ThreadOwner } from './audited.js';
import type { ThreadUse } from './demand.js';
import { findFindings, type PidsUse, type ConfinedProcess } from './findings.js';
import { fixFor, type AuditFix } from './fix.js';
import type { Host } from '../machine/host.js';
import { libraryNamed } from './libraries.js';
import { AUDITED_VARIABLES } from '../budget/library-variables.js';
import { mainOwner, unknownOwner } from './owner.js';
import { poolsOf } from './pools.js';
import type { ProcessRecord } from '../records.js';
import type { Environment } from '../environment.js';
import { judge, tooMuch, type MeasuredDemand, type QuotaRefusal } from './verdict.js';
import { findWorkers, type Member } from '../processes/workers.js';

/** A program as it was watched for a while: who made its threads, what they wanted of the CPUs, and what to change. */
export interface Audit extends MeasuredDemand {
  /** of this form */
  version: 3;
  pid: number;
  command: string;
  /** seconds watched */
  window: number;
  threads: { all: number; computing: number; overhead: number };
  /** the largest first */
  pools: AuditedPool[];
  findings: AuditFinding[];
  /** the root first, parents before children */
  processes: AuditedProcess[];
  /** variables that shape threads, as the program was started with them; null where they may not be read */
  environment: Environment | null;
  /** what to set; null where nothing is to be mended */
  fix: AuditFix | null;
}

/** A process of a tree as it was watched. */
export interface WatchedProcess {
  process: ProcessRecord & Member;
  /** those that were there when the window ended */
  threads: readonly (ThreadUse & { owner: ThreadOwner | null; voluntary: number | null; involuntary: number | null })[];
  /** CPUs that all its threads had, ended ones too */
  run: number;
  wait: number;
  environment: Readonly<Record<string, string>> | null;
  modules: readonly LoadedModule[];
  denied: string | null;
}

/** A process tree as it was watched, the root first. */
export interface Census {
  window: number;
  processes: readonly WatchedProcess[];
  throttled: QuotaRefusal | null;
  strangers: readonly ConfinedProcess[];
  pids: readonly PidsUse[];
}

/** Tells workers from the rest, whose threads they are, N × M, whether it is too much for the host, and what to change. */
export function auditCensus(census: Census, host: Host): Audit {
  const root = census.processes[0]!.process;
  const workers = new Set(
    findWorkers(
      census.processes.map(({ process }) => process),
      root.pid,
    ).map(worker => worker.pid),
  );
  const processes = census.processes.map(
    (watched): AuditedProcess => ({
      pid: watched.process.pid,
      ppid: watched.process.ppid,
      startTime: watched.process.startTime,
      command: watched.process.comm,
      commandLine: watched.process.commandLine,
      role: watched.process.pid === root.pid ? 'root' : workers.has(watched.process.pid) ? 'worker' : 'other',
      run: watched.run,
      wait: watched.wait,
      environment: watched.environment && shaping(watched.environment),
      modules: watched.modules,
      denied: watched.denied,
      threads: watched.threads.map(audited),
    }),
  );
  const threads = processes.flatMap(process => process.threads);
  const demand = judge(threads, host.limits.quota?.value ?? null, census.throttled);
  const pools = poolsOf(processes);
  const findings = findFindings({ host, processes, pools, strangers: census.strangers, pids: census.pids });
  const { environment } = processes[0]!;
  const mend = findings.length > 0 || tooMuch(demand.verdict);
  const overhead = pools.filter(pool => !pool.computes).reduce((sum, pool) => sum + pool.threads, 0);
  return {
    version: 3,
    pid: root.pid,
    command: root.comm,
    window: census.window,
    ...demand,
    threads: { all: threads.length, computing: threads.length - overhead, overhead },
    pools,
    findings,
    processes,
    environment,
    fix: mend ? fixOf(host, root.commandLine, processes, environment ?? {}) : null,
  };
}

/** For the workers; of a program without workers for the one process that it is. */
function fixOf(
  host: Host,
  commandLine: readonly string[],
  processes: readonly AuditedProcess[],
  environment: Environment,
): AuditFix {
  const workers = processes.filter(process => process.role === 'worker');
  const computing = workers.length > 0 ? workers : processes.slice(0, 1);
  const computes = ({ owner }: AuditedThread) =>
    owner.library === 'main' || (libraryNamed(owner.library)?.computes ?? true);
  const sum = (list: readonly AuditedProcess[], counted: (thread: AuditedThread) => boolean) =>
    list.reduce((total, process) => total + process.threads.filter(counted).length, 0);
  const others = sum(processes, () => true) - sum(computing, computes);
  const libraries = new Set(processes.flatMap(process => process.threads.map(thread => thread.owner.library)));
  return fixFor(host, commandLine, computing.length, environment, { others, libraries });
}

function audited({
  tid,
  pid,
  name,
  state,
  affinity,
  lastCpu,
  owner,
  run,
  wait,
  sliceMs,
  voluntary,
  involuntary,
}: WatchedProcess['threads'][number]): AuditedThread {
  const found = owner ?? (tid === pid ? mainOwner() : unknownOwner('it started or ended while it was looked at'));
  return { tid, name, state, affinity, lastCpu, owner: found, run, wait, sliceMs, voluntary, involuntary };
}

function shaping(environment: Readonly<Record<string, string>>): Environment {
  return Object.fromEntries(Object.entries(environment).filter(([name]) => AUDITED_VARIABLES.has(name)));
}
