import type { AuditedProcess, AuditedThread, ThreadOwner } from '../../../lib/core/audit/audited.js';
import { mainOwner } from '../../../lib/core/audit/owner.js';

/** Records as an audit has them, with what a test does not care about filled in. */
export function aThread(told: Partial<AuditedThread> = {}): AuditedThread {
  return {
    tid: 1000,
    name: 'python3',
    state: 'S',
    affinity: [0, 1],
    lastCpu: 0,
    owner: owner('unknown'),
    run: 0,
    wait: 0,
    sliceMs: null,
    voluntary: null,
    involuntary: null,
    ...told,
  };
}

export function owner(library: string, module: string | null = null): ThreadOwner {
  if (library === 'main') return mainOwner();
  return { library, module, routine: null, confidence: 'exact', why: null, workingFor: null };
}

export function aProcess(told: Partial<AuditedProcess> = {}): AuditedProcess {
  const pid = told.pid ?? 100;
  return {
    pid,
    ppid: 1,
    startTime: 1,
    command: 'python3',
    commandLine: ['python3', 'train.py'],
    role: 'root',
    run: 0,
    wait: 0,
    environment: {},
    modules: [],
    denied: null,
    threads: [aThread({ tid: pid, owner: owner('main') })],
    ...told,
  };
}
