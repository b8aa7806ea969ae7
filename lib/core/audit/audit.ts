import type { AuditedPool, AuditedProcess, AuditedThread, AuditFinding, LoadedModule, ThreadOwner } from './audited.js';
import type { ThreadUse } from './demand.js';
import { findFindings, type Ancestor, type PidsUse, type ConfinedProcess } from './findings.js';
import { fixFor, type AuditFix } from './fix.js';
import type { Host } from '../machine/host.js';
import { AUDITED_VARIABLES } from '../budget/library-variables.js';
import { LAUNCHER_VARIABLES } from '../processes/launcher-variables.js';
import { LEVER_VARIABLES } from './levers/lever-variables.js';
import { mainOwner, unknownOwner } from './owner.js';
import { poolsOf } from './pools.js';
import type { ProcessRecord } from '../processes/records.js';
import type { Environment } from '../environment.js';
import { judge, tooMuch, type MeasuredDemand, type QuotaRefusal } from './verdict.js';
import { verdictWith } from './verdict-with-findings.js';
import type { LeftOutGovernor } from '../processes/governor-inside.js';
import type { StartedCommand } from '../processes/start-facts.js';
import { findPoolWorkers, type Member } from '../processes/workers.js';

/** What an audit found: which library created each thread, how much CPU the threads wanted, and what to change. */
export interface Audit extends MeasuredDemand {
  /** version of this format */
  version: 4;
  /** the root of the tree; if a launch has several ranks, its governor, which is not among the processes */
  pid: number;
  /** name of the root's program, or of the ranks' */
  command: string;
  /** file of that program; empty if we may not read it */
  executable: string;
  /** how that program is started again; null: its command line cannot be trusted, or it is the rank of a launch */
  start: StartedCommand | null;
  /** the `governor run` or `governor launch` that was audited, whose own processes are left out; null: none */
  governor: LeftOutGovernor | null;
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
  /** what costs the program time, or may do so; what costs most comes first, and remarks last */
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
  truncated: string | null;
}

/** A process tree during the window, the root first. */
export interface Census {
  window: number;
  processes: readonly WatchedProcess[];
  /** pid of the root; it is not among the processes if those are the ranks of a launch */
  root: number;
  governor: LeftOutGovernor | null;
  /** how the first process is started again; null: unknown */
  start: StartedCommand | null;
  /** variables of the user's shell: those of the root, or of the governor that has added its own; null: unknown */
  startedWith: Readonly<Record<string, string>> | null;
  throttled: QuotaRefusal | null;
  strangers: readonly ConfinedProcess[];
  /** the processes above the root, its parent first */
  ancestors: readonly Ancestor[];
  pids: readonly PidsUse[];
}

/** Finds the workers and the owner of each thread, compares demand with the host, and says what to change. */
export function auditCensus(census: Census, host: Host): Audit {
  const first = census.processes[0]!.process;
  const members = census.processes.map(({ process }) => process);
  const pools = new Map(findPoolWorkers(members, census.root).map(({ worker, parent }) => [worker.pid, parent]));
  const processes = census.processes.map(
    (watched): AuditedProcess => ({
      pid: watched.process.pid,
      ppid: watched.process.ppid,
      startTime: watched.process.startTime,
      command: watched.process.comm,
      commandLine: watched.process.commandLine,
      role: watched.process.pid === census.root ? 'root' : pools.has(watched.process.pid) ? 'worker' : 'other',
      pool: pools.get(watched.process.pid) ?? null,
      run: watched.run,
      wait: watched.wait,
      environment: watched.environment && auditedVariables(watched.environment),
      modules: watched.modules,
      denied: watched.denied,
      truncated: watched.truncated,
      threads: watched.threads.map(audited),
    }),
  );
  const threads = processes.flatMap(process => process.threads);
  const measured = judge(threads, host.limits.quota?.value ?? null, census.throttled);
  const ofThreads = poolsOf(processes);
  const start = first.pid === census.root ? census.start : null; // a rank is not the whole launch
  const named = first.pid === census.root ? first : (members.find(({ pid }) => pools.has(pid)) ?? first);
  const findings = findFindings({
    host,
    processes,
    pools: ofThreads,
    start,
    strangers: census.strangers,
    ancestors: census.ancestors.map(one => ({
      ...one,
      environment: one.environment && auditedVariables(one.environment),
    })),
    pids: census.pids,
  });
  const demand = { ...measured, verdict: verdictWith(measured, findings, ofThreads, host) };
  const { environment } = processes[0]!;
  const fix = fixFor({
    host,
    start,
    startedWith: census.startedWith,
    processes,
    pools: ofThreads,
    verdict: demand.verdict,
    cpus: demand.cpus,
  });
  const costs = findings.some(finding => finding.severity !== 'remark');
  const needsFix = costs || tooMuch(demand.verdict) || fix.levers.length > 0;
  const overhead = ofThreads.filter(pool => !pool.computes).reduce((sum, pool) => sum + pool.threads, 0);
  return {
    version: 4,
    pid: census.root,
    command: named.comm,
    executable: named.executable,
    start,
    governor: census.governor,
    window: census.window,
    ...demand,
    threads: { all: threads.length, computing: threads.length - overhead, overhead },
    pools: ofThreads,
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
  present,
  sliceMs,
  voluntary,
  involuntary,
}: WatchedProcess['threads'][number]): AuditedThread {
  const found = owner ?? (tid === pid ? mainOwner() : unknownOwner('it started or ended during the audit'));
  return { tid, name, state, affinity, lastCpu, owner: found, run, wait, present, sliceMs, voluntary, involuntary };
}

function auditedVariables(environment: Environment): Environment {
  return Object.fromEntries(
    Object.entries(environment).filter(([name]) =>
      [AUDITED_VARIABLES, LEVER_VARIABLES, LAUNCHER_VARIABLES].some(names => names.has(name)),
    ),
  );
}
