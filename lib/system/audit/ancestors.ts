import type { Ancestor } from '../../core/audit/findings.js';
import type { ProcessRecord } from '../../core/processes/records.js';
import { native } from '../native.js';
import { ifReadable } from '../os-errors.js';
import { readEnvironment } from '../processes/processes.js';

/** The processes above the root, its parent first. */
export function ancestorsOf(root: ProcessRecord, all: readonly ProcessRecord[]): Ancestor[] {
  const byPid = new Map(all.map(one => [one.pid, one]));
  const ancestors: Ancestor[] = [];
  let current = byPid.get(byPid.get(root.pid)?.ppid ?? 0);
  while (current && !current.kernel && ancestors.every(({ pid }) => pid !== current!.pid)) {
    const { pid, ppid, comm } = current;
    const affinity = ifReadable(() => native.getAffinity(pid), []);
    ancestors.push({ pid, command: comm, affinity, environment: readEnvironment(pid) });
    current = byPid.get(ppid);
  }
  return ancestors;
}
