import type { AuditedPool, AuditedProcess, Finding } from './audited.js';
import type { Cpuset } from './cpuset.js';
import type { Host } from './host.js';

/** A process outside of the tree that is confined to few CPUs. */
export interface Stranger {
  pid: number;
  command: string;
  affinity: Cpuset;
  /** CPUs that it had, on average */
  run: number;
}

export interface Audited {
  host: Host;
  processes: readonly AuditedProcess[];
  pools: readonly AuditedPool[];
  strangers: readonly Stranger[];
}

export function findFindings(_seen: Audited): Finding[] {
  return [];
}
