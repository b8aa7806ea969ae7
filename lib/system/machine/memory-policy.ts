import { readFileSync } from 'node:fs';
import { equal, parseCpulist } from '../../core/cpuset.js';
import type { WorkerMemory } from '../../core/machine/memory-node.js';
import { native } from '../native.js';
import { ifReadable, onOsError } from '../os-errors.js';

/** The kernel's numbers, from include/uapi/linux/mempolicy.h. */
export const MPOL = { default: 0, preferred: 1 };

/** NUMA nodes whose memory the calling thread may use; empty if the system does not report them. */
export function usableMemoryNodes(): readonly number[] {
  const status = ifReadable(() => readFileSync('/proc/thread-self/status', 'utf8'), '');
  const nodes = /^Mems_allowed_list:\s*(\S+)$/m.exec(status)?.[1];
  return nodes === undefined ? [] : parseCpulist(nodes);
}

/**
 * Makes the calling thread, and what it starts from now on, prefer the memory of a NUMA node, and reads that back.
 * A policy that is set already is the user's (numactl) and stays. No memory moves, and no allocation fails.
 * @param node null: nothing to prefer
 */
export function preferMemory(node: number | null): WorkerMemory {
  if (node === null) return 'none';
  return onOsError<WorkerMemory>(
    () => {
      if (native.memoryPolicy().mode !== MPOL.default) return 'none';
      native.setMemoryPolicy(MPOL.preferred, [node]);
      const held = native.memoryPolicy();
      if (held.mode === MPOL.preferred && equal(held.nodes, [node])) return 'preferred';
      native.setMemoryPolicy(MPOL.default, []);
      return 'refused';
    },
    () => 'refused',
  );
}

/** Whether the kernel refuses that what this thread starts prefers the memory of a NUMA node. */
export function refusesMemory(node: number): boolean {
  return startPreferring(node, () => undefined).memory === 'refused';
}

/**
 * Prefer → start → restore. A child that `start` forks on the calling thread inherits the policy, and keeps it on exec.
 * @param node null: nothing to prefer
 */
export function startPreferring<T>(node: number | null, start: () => T): { started: T; memory: WorkerMemory } {
  const memory = preferMemory(node);
  try {
    return { started: start(), memory };
  } finally {
    if (memory === 'preferred') native.setMemoryPolicy(MPOL.default, []);
  }
}
