import type { ConfinedProcess } from '../../core/audit/findings.js';
import { allowedCpus, onlineCpus, type Host } from '../../core/machine/host.js';
import { identity } from '../../core/processes/process-tree.js';
import type { ProcessRecord } from '../../core/processes/records.js';
import { hasEnded } from '../../core/processes/has-ended.js';
import { native } from '../native.js';
import { ifReadable } from '../os-errors.js';
import { TICKS_PER_SECOND, type TreeSample } from './tree-sample.js';

/** Processes outside the tree whose affinity is narrower than the machine and overlaps the CPUs the program may use. */
export function confinedProcesses(first: TreeSample, last: TreeSample, host: Host, seconds: number): ConfinedProcess[] {
  const before = new Map(first.all.map((other): [string, ProcessRecord] => [identity(other), other]));
  const online = onlineCpus(host).length;
  const allowed = new Set(allowedCpus(host));
  return last.all.flatMap(other => {
    if (other.kernel || last.whole.has(other.pid) || other.pid === process.pid || hasEnded(other)) return [];
    const affinity = ifReadable(() => native.getAffinity(other.pid), []);
    if (affinity.length === 0 || affinity.length >= online || !affinity.some(cpu => allowed.has(cpu))) return [];
    const ticks = other.cpuTime - (before.get(identity(other)) ?? other).cpuTime;
    return [{ pid: other.pid, command: other.comm, affinity, run: ticks / TICKS_PER_SECOND / seconds }];
  });
}
