import type { AuditedProcess, AuditedThread, ThreadOwner } from '../../../lib/core/audit/audited.js';
import { mainOwner } from '../../../lib/core/audit/owner.js';

/** A thread of an audit; fields that a test does not care about have defaults. */
export function aThread(given: Partial<AuditedThread> = {}): AuditedThread {
  return {
    tid: 1000,
    name: 'python3',
    state: 'S',
    affinity: [0, 1],
    lastCpu: 0,
    owner: owner('unknown'),
    run: 0,
    wait: 0,
    present: 1,
    sliceMs: null,
    voluntary: null,
    involuntary: null,
    ...given,
  };
}

export function owner(library: string, module: string | null = null): ThreadOwner {
  if (library === 'main') return mainOwner();
  return { library, module, routine: null, confidence: 'exact', why: null, workingFor: null };
}

/** A process of an audit, with defaults too. */
export function aProcess(given: Partial<AuditedProcess> = {}): AuditedProcess {
  const pid = given.pid ?? 100;
  return {
    pid,
    ppid: 1,
    startTime: 1,
    command: 'python3',
    commandLine: ['python3', 'train.py'],
    role: 'root',
    pool: given.role === 'worker' ? (given.ppid ?? 1) : null,
    run: 0,
    wait: 0,
    environment: {},
    modules: [],
    denied: null,
    truncated: null,
    threads: [aThread({ tid: pid, owner: owner('main') })],
    ...given,
  };
}
