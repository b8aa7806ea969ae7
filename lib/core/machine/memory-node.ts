import type { Cpuset } from '../cpuset.js';
import type { Host } from './host.js';

/** A worker's memory policy: its NUMA node is preferred; the kernel refused that; or there was nothing to prefer. */
export type WorkerMemory = 'preferred' | 'refused' | 'none';

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
