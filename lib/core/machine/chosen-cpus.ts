import { badInput } from '../../errors.js';
import { formatCpulist, intersect, parseCpulist } from '../cpuset.js';
import { allowedCpus, restrictTo, type Host } from './host.js';
import type { Environment } from '../environment.js';

/** The variable that leaves us only some CPUs. It is a cpulist: `3` is CPU 3, not three CPUs. */
export const CHOSEN_CPUS = 'GOVERNOR_CPUS';

/**
 * The host with only those allowed CPUs that GOVERNOR_CPUS names; unchanged if that is unset or empty.
 * @throws GovernorError BAD_INPUT if it is no cpulist, or names no CPU that is allowed
 */
export function withChosenCpus(host: Host, environment: Environment): Host {
  const text = environment[CHOSEN_CPUS]?.trim();
  if (!text || host.limits.free) return host; // the free CPUs were found among the chosen ones
  const allowed = allowedCpus(host);
  const value = intersect(allowed, parseCpulist(text, CHOSEN_CPUS));
  if (value.length === 0)
    throw badInput(CHOSEN_CPUS, text, `at least one of the CPUs that are allowed (${formatCpulist(allowed)})`);
  return { ...restrictTo(host, value), limits: { ...host.limits, chosen: { value, source: CHOSEN_CPUS } } };
}
