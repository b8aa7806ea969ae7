import { readFileSync } from 'node:fs';
import { equal, parseCpulist } from '../../core/cpuset.js';
import type { WorkerMemory } from '../../core/machine/memory-node.js';
import { isOsError, native } from '../native.js';

/** The kernel's numbers, include/uapi/linux/mempolicy.h. */
export const MPOL = { default: 0, preferred: 1 };

/** NUMA nodes whose memory the calling thread may use; empty where the system does not tell. */
export function usableMemoryNodes(): readonly number[] {
  try {
    const status = readFileSync('/proc/thread-self/status', 'utf8');
    return parseCpulist(/^Mems_allowed_list:\s*(\S+)$/m.exec(status)?.[1] ?? '');
  } catch {
    return [];
  }
}

/**
 * Has the calling thread, and what it starts from now on, prefer the memory of a NUMA node, and reads that back.
 * A policy that is there already is the user's (numactl), and stays. No memory is moved, and none is refused.
 * @param node null: nothing to prefer
 */
export function preferMemory(node: number | null): WorkerMemory {
  if (node === null) return 'none';
  try {
    if (native.memoryPolicy().mode !== MPOL.default) return 'none';
    native.setMemoryPolicy(MPOL.preferred, [node]);
    const held = native.memoryPolicy();
    if (held.mode === MPOL.preferred && equal(held.nodes, [node])) return 'preferred';
    native.setMemoryPolicy(MPOL.default, []);
    return 'refused';
  } catch (error) {
    if (isOsError(error)) return 'refused';
    throw error;
  }
}

/**
 * Prefer → start → restore: a child that `start` forks on the calling thread inherits the policy, also through exec.
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
