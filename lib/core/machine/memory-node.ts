import type { Cpuset } from '../cpuset.js';
import type { Host } from './host.js';

/** The NUMA node from which the kernel takes a worker's memory. */
export type WorkerMemory =
  /** first from the node in which its place lies, and from others if that is full */
  | 'preferred'
  /** from any, because the kernel refused a preference, as in many containers; the worker is pinned all the same */
  | 'refused'
  /**
   * as without the governor: fewer than two nodes have memory for us, the place spans nodes, its node has no memory, or
   * a memory policy is set already (`numactl`) and stays
   */
  | 'none';

/**
 * The NUMA node whose memory a worker should prefer: the node that contains its whole place.
 * @param withMemory NUMA nodes with memory that we may use
 * @returns null if the place spans nodes, its node has no memory, or there is only one node
 */
export function memoryNode(host: Pick<Host, 'cpus'>, place: Cpuset, withMemory: readonly number[]): number | null {
  if (withMemory.length < 2) return null;
  const nodes = new Set(place.map(cpu => host.cpus.find(known => known.cpu === cpu)?.numa ?? null));
  const [node] = nodes;
  return nodes.size === 1 && node !== undefined && node !== null && withMemory.includes(node) ? node : null;
}
