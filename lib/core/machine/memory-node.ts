import type { Cpuset } from '../cpuset.js';
import type { Host } from './host.js';

/** What became of a worker's memory: preferred on its NUMA node; the kernel refused that; there was nothing to prefer. */
export type WorkerMemory = 'preferred' | 'refused' | 'none';

/**
 * The NUMA node whose memory a worker should prefer: the one that its whole place lies in.
 * @param withMemory NUMA nodes that have memory which we may use
 * @returns null where the place spans nodes, its node has no memory, or there is no choice
 */
export function memoryNode(host: Pick<Host, 'cpus'>, place: Cpuset, withMemory: readonly number[]): number | null {
  if (withMemory.length < 2) return null;
  const nodes = new Set(place.map(cpu => host.cpus.find(known => known.cpu === cpu)?.numa ?? null));
  const [node] = nodes;
  return nodes.size === 1 && node !== undefined && node !== null && withMemory.includes(node) ? node : null;
}
