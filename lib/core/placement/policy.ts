import { badInput } from '../../errors.js';

/**
 * The ways in which places are chosen:
 *
 * - `close`: a worker's CPUs are as near to each other as possible, those of one core first; workers are side by side.
 * - `spread`: a worker's CPUs are near to each other, and workers are as far apart as possible.
 * - `physical`: workers take cores in order, within a NUMA node if one has enough CPUs.
 * - `package`, `numa`, `l3`: a worker's CPUs are of one package, NUMA node or L3 if one has enough; workers take those
 *   in turn.
 *
 * With every policy but `close`, each thread has a core while there are cores: second CPUs of cores are used only when
 * every core has a worker. If there are fewer cores than threads, workers share the cores out evenly.
 */
export const POLICIES = ['close', 'spread', 'physical', 'package', 'numa', 'l3'] as const;
/** One of POLICIES. */
export type PlacementPolicy = (typeof POLICIES)[number];

/** Policies that keep a worker within one domain of that level. */
type InsidePolicy = Extract<PlacementPolicy, 'package' | 'numa' | 'l3'>;

export function isInside(policy: PlacementPolicy): policy is InsidePolicy {
  return policy === 'package' || policy === 'numa' || policy === 'l3';
}

/**
 * Reads a policy by its name.
 * @param what the option, for the error
 * @throws GovernorError BAD_INPUT
 */
export function parsePolicy(text: string, what = 'policy'): PlacementPolicy {
  const policy = POLICIES.find(name => name === text);
  if (!policy) throw badInput(what, text, `one of ${POLICIES.join(', ')}`);
  return policy;
}

/** A core for each thread while there are cores. */
export const DEFAULT_POLICY: PlacementPolicy = 'physical';
