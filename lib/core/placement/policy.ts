import { badInput } from '../../errors.js';

/** Orders in which places are chosen; see docs/terms.md. */
export const POLICIES = ['close', 'spread', 'physical', 'package', 'numa', 'l3'] as const;
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

/** A core each for workers with one thread, neighbouring CPUs for workers with several. */
export function defaultPolicy(threadsPerWorker: number): PlacementPolicy {
  return threadsPerWorker === 1 ? 'physical' : 'close';
}
