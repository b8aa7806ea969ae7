import type { Cpuset } from '../../core/cpuset.js';
import type { ConfinedProcess } from '../../core/audit/findings.js';
import { allowedCpus, onlineCpus, type Host } from '../../core/machine/host.js';
import { identity } from '../../core/processes/process-tree.js';
import type { ProcessRecord } from '../../core/processes/records.js';
import { TICKS, type Look } from './look.js';
import { isOsError, native } from '../native.js';

/** Processes outside of the tree that are confined to a part of what the program may use, and work. */
export function strangersOf(first: Look, last: Look, host: Host, seconds: number): ConfinedProcess[] {
  const ours = new Set(last.tree.map(member => member.pid));
  const before = new Map(first.all.map((other): [string, ProcessRecord] => [identity(other), other]));
  const online = onlineCpus(host).length;
  const allowed = new Set(allowedCpus(host));
  return last.all.flatMap(other => {
    if (other.kernel || ours.has(other.pid) || other.pid === process.pid || other.state === 'Z') return [];
    const affinity = affinityOf(other.pid);
    if (affinity.length === 0 || affinity.length >= online || !affinity.some(cpu => allowed.has(cpu))) return [];
    const run = (other.cpuTime - (before.get(identity(other)) ?? other).cpuTime) / TICKS / seconds;
    return [{ pid: other.pid, command: other.comm, affinity, run }];
  });
}

/** Empty where it has ended. */
function affinityOf(pid: number): Cpuset {
  try {
    return native.getAffinity(pid);
  } catch (error) {
    if (isOsError(error)) return [];
    throw error;
  }
}
