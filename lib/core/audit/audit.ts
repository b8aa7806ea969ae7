import type { AuditedPool, AuditedProcess, AuditedThread, AuditFinding, LoadedModule, ThreadOwner } from './audited.js';
import type { ThreadUse } from './demand.js';
import { findFindings, type PidsUse, type ConfinedProcess } from './findings.js';
import { fixFor, type AuditFix } from './fix.js';
import type { Host } from '../machine/host.js';
import { AUDITED_VARIABLES } from '../budget/library-variables.js';
import { LEVER_VARIABLES } from './levers/lever-variables.js';
import { mainOwner, unknownOwner } from './owner.js';
import { poolsOf } from './pools.js';
import type { ProcessRecord } from '../processes/records.js';
import type { Environment } from '../environment.js';
import { judge, tooMuch, type MeasuredDemand, type QuotaRefusal } from './verdict.js';
import { findWorkers, type Member } from '../processes/workers.js';

/** What an audit found: which library created each thread, how much CPU the threads wanted, and what to change. */
export interface Audit extends MeasuredDemand {
  /** version of this format */
  version: 4;
  /** the root of the tree */
  pid: number;
  /** name of the root's program */
  command: string;
  /** length of the measurement, seconds */
  window: number;
  /** threads of the whole tree when the window ended */
  threads: {
    /** all of them */
    all: number;
    /** those that do the program's work: `all` − `overhead` */
    computing: number;
    /** those of pools that serve a runtime, such as V8's or a garbage collector's */
    overhead: number;
  };
  /** pools of threads, the largest first */
  pools: AuditedPool[];
  /** what costs the program time; empty if nothing does */
  findings: AuditFinding[];
  /** processes of the tree, the root first, parents before children */
  processes: AuditedProcess[];
  /** variables that affect threads, as the root was started with them; null if we may not read them */
  environment: Environment | null;
  /** what to set; null if nothing needs fixing */
  fix: AuditFix | null;
}

/** A process of a tree during the window. */
export interface WatchedProcess {
  process: ProcessRecord & Member;
  /** threads alive when the window ended */
  threads: readonly (ThreadUse & { owner: ThreadOwner | null; voluntary: number | null; involuntary: number | null })[];
  /** CPUs that its threads used on average, including threads that have ended */
  run: number;
  wait: number;
  environment: Readonly<Record<string, string>> | null;
  modules: readonly LoadedModule[];
  denied: string | null;
}

/** A process tree during the window, the root first. */
export interface Census {
  window: number;
  processes: readonly WatchedProcess[];
  throttled: QuotaRefusal | null;
  strangers: readonly ConfinedProcess[];
  pids: readonly PidsUse[];
}

/** Finds the workers and the owner of each thread, compares demand with the host, and says what to change. */
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
      environment: watched.environment && auditedVariables(watched.environment),
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
  const fix = fixFor({ host, command: root.commandLine, processes, pools, verdict: demand.verdict, cpus: demand.cpus });
  const needsFix = findings.length > 0 || tooMuch(demand.verdict) || fix.levers.length > 0;
  const overhead = pools.filter(pool => !pool.computes).reduce((sum, pool) => sum + pool.threads, 0);
  return {
    version: 4,
    pid: root.pid,
    command: root.comm,
    window: census.window,
    ...demand,
    threads: { all: threads.length, computing: threads.length - overhead, overhead },
    pools,
    findings,
    processes,
    environment,
    fix: needsFix ? fix : null,
  };
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
  const found = owner ?? (tid === pid ? mainOwner() : unknownOwner('it started or ended during the audit'));
  return { tid, name, state, affinity, lastCpu, owner: found, run, wait, sliceMs, voluntary, involuntary };
}

function auditedVariables(environment: Readonly<Record<string, string>>): Environment {
  return Object.fromEntries(
    Object.entries(environment).filter(([name]) => AUDITED_VARIABLES.has(name) || LEVER_VARIABLES.has(name)),
  );
}
