import { setTimeout as pause } from 'node:timers/promises';
import { GovernorError } from '../errors.js';
import { cpuset, type Cpuset } from '../core/cpuset.js';
import { fixFor, type Fix } from '../core/fix.js';
import { judgeThreads, type Oversubscription } from '../core/oversubscription.js';
import { PINNING_VARIABLES, THREAD_VARIABLES, type Environment } from '../core/thread-variables.js';
import { findWorkers } from '../core/workers.js';
import { readHost } from '../system/host.js';
import { readEnvironment, readThreads, readTree, requireProcess, type TreeProcess } from '../system/processes.js';

export interface AuditOptions {
  /** seconds that the threads are watched for; default 1 */
  window?: number | undefined;
  signal?: AbortSignal | undefined;
}

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

const SAMPLES = 20;

/**
 * Watches a process tree for a while and tells whether more of its threads want to run than there are CPUs.
 * The target is only read, never stopped.
 * @throws GovernorError NO_SUCH_PROCESS, BAD_INPUT, UNREADABLE
 */
export async function audit(pid: number, options: AuditOptions = {}): Promise<Audit> {
  const window = options.window ?? 1;
  if (!(window > 0 && window <= 3600)) throw new GovernorError('BAD_INPUT', `window: ${window} given, wanted seconds from above 0 to 3600`);
  const root = requireProcess(pid);
  const host = readHost({ pid });
  const seen = new Map<string, { process: TreeProcess; threads: Map<string, AuditedThread & { seen: number }> }>();
  for (let sample = 0; sample < SAMPLES; sample++) {
    if (sample > 0) await pause((window * 1000) / SAMPLES, undefined, { signal: options.signal });
    sampleTree(pid, root.startTime, seen);
  }
  return summarize(pid, host, seen);
}

type Seen = Map<string, { process: TreeProcess; threads: Map<string, AuditedThread & { seen: number }> }>;

function sampleTree(pid: number, startTime: number, seen: Seen): void {
  const tree = readTree(pid).filter(member => member.pid !== process.pid || pid === process.pid);
  if (tree[0]?.startTime !== startTime) throw new GovernorError('NO_SUCH_PROCESS', `pid ${pid} ended while it was audited; audit it while it works`, { pid });
  const present = new Set<string>();
  for (const member of tree) {
    present.add(member.identity);
    const known = seen.get(member.identity) ?? { process: member, threads: new Map() };
    const threads = new Map<string, AuditedThread & { seen: number }>();
    for (const thread of readThreads(member.pid)) {
      const key = `${thread.tid}@${thread.startTime}`;
      const before = known.threads.get(key)?.seen ?? 0;
      threads.set(key, { tid: thread.tid, name: thread.comm, affinity: thread.affinity ?? [], running: 0, seen: before + (thread.state === 'R' ? 1 : 0) });
    }
    seen.set(member.identity, { process: member, threads });
  }
  for (const identity of seen.keys()) if (!present.has(identity)) seen.delete(identity);
}

function summarize(pid: number, host: ReturnType<typeof readHost>, seen: Seen): Audit {
  const tree = [...seen.values()].map(({ process }) => process);
  const workers = findWorkers(tree, pid);
  const processes = [...seen.values()].map(({ process, threads }): AuditedProcess => {
    const list = [...threads.values()].map(({ seen: times, ...thread }) => ({ ...thread, running: times / SAMPLES }));
    return {
      pid: process.pid,
      ppid: process.ppid,
      command: process.comm,
      commandLine: process.commandLine,
      role: process.pid === pid ? 'root' : workers.includes(process) ? 'worker' : 'other',
      running: list.reduce((sum, thread) => sum + thread.running, 0),
      threads: list,
    };
  });
  const all = processes.flatMap(process => process.threads);
  const oversubscription = judgeThreads(all, host.limits.quota?.value ?? null);
  const environment = shaping(readEnvironment(pid));
  const root = processes[0]!;
  const fix = oversubscription.verdict === 'fine' ? null : fixFor(host, root.commandLine, workers.length, environment ?? {});
  return {
    pid, command: root.command, ...oversubscription,
    threads: all.length, threadRatio: all.length / oversubscription.effectiveCpus,
    pools: poolsOf(processes), processes, environment, fix,
  };
}

function poolsOf(processes: readonly AuditedProcess[]): AuditedPool[] {
  const workers = processes.filter(process => process.role === 'worker');
  return cpuset(workers.map(worker => worker.ppid)).map(parent => {
    const members = workers.filter(worker => worker.ppid === parent);
    const counts = members.map(member => member.threads.length);
    return { parent, processes: members.length, threadsPerProcess: Math.max(...counts), threads: counts.reduce((a, b) => a + b, 0) };
  });
}

function shaping(environment: Record<string, string> | null): Environment | null {
  if (!environment) return null;
  const names = new Set([...THREAD_VARIABLES.map(variable => variable.name), ...PINNING_VARIABLES]);
  return Object.fromEntries(Object.entries(environment).filter(([name]) => names.has(name)));
}
