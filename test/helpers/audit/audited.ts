import type { StartedCommand } from '../../../lib/core/processes/start-facts.js';
import type {
  AuditedPool,
  AuditedProcess,
  AuditedThread,
  AuditFinding,
  LoadedModule,
} from '../../../lib/core/audit/audited.js';
import { parseCpulist } from '../../../lib/core/cpuset.js';
import type { Audited } from '../../../lib/core/audit/findings.js';
import { threadEnvironment } from '../../../lib/core/budget/thread-environment.js';
import { madeHost } from '../machine/hosts.js';

export const EIGHT_CPUS = madeHost({ cores: 8 });

/** A made-up thread of an audit: by default it sleeps and may use 8 CPUs. `cpus` is a cpulist. */
export interface MadeThread extends Partial<Pick<AuditedThread, 'run' | 'wait' | 'present' | 'lastCpu'>> {
  cpus?: string;
  owner?: string;
  workingFor?: string;
}

export interface MadeProcess
  extends Partial<Pick<AuditedProcess, 'pid' | 'ppid' | 'role' | 'environment' | 'command' | 'commandLine'>> {
  /** the main thread first */
  threads?: MadeThread[];
  /** mapped files, and the libraries that they are */
  modules?: Partial<LoadedModule>[];
}

export function madeProcess({
  pid = 100,
  ppid = 1,
  role = 'root',
  environment = {},
  command = 'python3',
  commandLine = ['python3', 'train.py'],
  threads = [{}],
  modules = [],
}: MadeProcess = {}): AuditedProcess {
  return {
    pid,
    ppid,
    role,
    pool: role === 'worker' ? ppid : null,
    environment,
    startTime: pid,
    command,
    commandLine,
    denied: null,
    truncated: null,
    run: threads.reduce((sum, thread) => sum + (thread.run ?? 0), 0),
    wait: threads.reduce((sum, thread) => sum + (thread.wait ?? 0), 0),
    modules: [{ path: '/usr/bin/python3.11' }, ...modules].map(module => ({
      path: '/usr/lib/libx.so',
      library: null,
      configured: null,
      ...module,
    })),
    threads: threads.map(
      ({ cpus = '0-7', owner, workingFor = null, run = 0, wait = 0, present = 1, lastCpu = 0 }, i) => ({
        tid: pid + i,
        name: 'python3',
        state: run > 0 ? 'R' : 'S',
        affinity: parseCpulist(cpus),
        lastCpu,
        run,
        wait,
        present,
        sliceMs: null,
        voluntary: null,
        involuntary: null,
        owner: {
          library: owner ?? (i === 0 ? 'main' : 'unknown'),
          module: null,
          routine: null,
          confidence: 'exact',
          why: null,
          workingFor,
        },
      }),
    ),
  };
}

/** `count` workers of process 100, with pids 1000, 1100 and so on. */
export function madeWorkers(count: number, each: (i: number) => MadeProcess = () => ({})): AuditedProcess[] {
  return Array.from({ length: count }, (_, i) =>
    madeProcess({ pid: 1000 + 100 * i, ppid: 100, role: 'worker', ...each(i) }),
  );
}

export function madePool(library: string, threadsPerProcess: number, more: Partial<AuditedPool> = {}): AuditedPool {
  const { pids = [100] } = more;
  return {
    library,
    module: `/usr/lib/${library}.so`,
    role: 'root',
    parent: 1,
    pids,
    processes: pids.length,
    started: threadsPerProcess,
    threadsPerProcess,
    threads: threadsPerProcess * pids.length,
    configured: null,
    computes: true,
    run: threadsPerProcess * pids.length,
    wait: 0,
    ...more,
  };
}

/** The file of a library. */
export function file(name: string, library: string): Partial<LoadedModule> {
  return { path: name.startsWith('/') ? name : `/usr/lib/${name}`, library };
}

/** How a program was started, in the directory of the audit. */
export function startedBy(words: string[]): StartedCommand {
  return { words, directory: null };
}

export function madeAudit(...processes: AuditedProcess[]): Audited {
  return {
    host: EIGHT_CPUS,
    processes,
    pools: [],
    start: startedBy(['python3', 'train.py']),
    strangers: [],
    ancestors: [],
    pids: [],
  };
}

/** What `governor run` adds to an environment. */
export function governed(threads = 1, own: Record<string, string> = {}): Record<string, string> {
  return { ...own, ...threadEnvironment({ workers: 7, threads }, own).set };
}

export function fixesOf(findings: readonly AuditFinding[]): string[] {
  return findings.map(finding => finding.fix);
}
