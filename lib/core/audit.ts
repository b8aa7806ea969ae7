import { cpuset, type Cpuset } from './cpuset.js';
import { fixFor, type Fix } from './fix.js';
import type { Host } from './host.js';
import { judgeThreads, type Oversubscription } from './oversubscription.js';
import type { ProcessRecord } from './records.js';
import { PINNING_VARIABLES, THREAD_VARIABLES, type Environment } from './thread-variables.js';
import { findWorkers, type Member } from './workers.js';

export interface AuditedThread {
  tid: number;
  name: string;
  affinity: Cpuset;
  /** share of the samples in which it ran or waited for a CPU, 0 to 1 */
  running: number;
}

export interface AuditedProcess {
  pid: number;
  ppid: number;
  command: string;
  commandLine: readonly string[];
  role: 'root' | 'worker' | 'other';
  /** threads that run or wait for a CPU, on average */
  running: number;
  threads: AuditedThread[];
}

/** Workers of the same parent: N processes × M threads. */
export interface AuditedPool {
  parent: number;
  processes: number;
  /** threads of one worker; the most that one has where they differ */
  threadsPerProcess: number;
  threads: number;
}

export interface Audit extends Oversubscription {
  pid: number;
  command: string;
  threads: number;
  /** threads ÷ CPUs, sleeping ones too */
  threadRatio: number;
  pools: AuditedPool[];
  processes: AuditedProcess[];
  /** variables that shape threads, as the program was started with them; null where they may not be read */
  environment: Environment | null;
  /** what to set; null where all is fine */
  fix: Fix | null;
}

/** A process tree as it was watched, the root first. */
export interface Census {
  processes: readonly { process: ProcessRecord & Member; threads: readonly AuditedThread[] }[];
  /** of the root; null where it may not be read */
  environment: Record<string, string> | null;
}

/** Tells workers from the rest, N × M, and whether it is too much for the host. */
export function auditCensus(census: Census, host: Host): Audit {
  const root = census.processes[0]!.process;
  const workers = new Set(findWorkers(census.processes.map(({ process }) => process), root.pid).map(worker => worker.pid));
  const processes = census.processes.map(({ process, threads }): AuditedProcess => ({
    pid: process.pid,
    ppid: process.ppid,
    command: process.comm,
    commandLine: process.commandLine,
    role: process.pid === root.pid ? 'root' : workers.has(process.pid) ? 'worker' : 'other',
    running: threads.reduce((sum, thread) => sum + thread.running, 0),
    threads: [...threads],
  }));
  const threads = processes.flatMap(process => process.threads);
  const oversubscription = judgeThreads(threads, host.limits.quota?.value ?? null);
  const environment = census.environment && shaping(census.environment);
  return {
    pid: root.pid,
    command: root.comm,
    ...oversubscription,
    threads: threads.length,
    threadRatio: threads.length / oversubscription.effectiveCpus,
    pools: poolsOf(processes),
    processes,
    environment,
    fix: oversubscription.verdict === 'fine' ? null : fixFor(host, root.commandLine, workers.size, environment ?? {}),
  };
}

function poolsOf(processes: readonly AuditedProcess[]): AuditedPool[] {
  const workers = processes.filter(process => process.role === 'worker');
  return cpuset(workers.map(worker => worker.ppid)).map(parent => {
    const counts = workers.filter(worker => worker.ppid === parent).map(worker => worker.threads.length);
    return { parent, processes: counts.length, threadsPerProcess: Math.max(...counts), threads: counts.reduce((a, b) => a + b, 0) };
  });
}

function shaping(environment: Record<string, string>): Environment {
  const names = new Set([...THREAD_VARIABLES.map(variable => variable.name), ...PINNING_VARIABLES]);
  return Object.fromEntries(Object.entries(environment).filter(([name]) => names.has(name)));
}
