import { badInput } from '../../errors.js';
import { formatCpulist, intersect, parseCpulist } from '../cpuset.js';
import { allowedCpus, type Host } from './host.js';
import type { Environment } from '../environment.js';

/** The variable that leaves us only some CPUs. Always a cpulist: `3` is CPU 3, not three CPUs. */
export const CHOSEN_CPUS = 'GOVERNOR_CPUS';

/**
 * The host with only those allowed CPUs that GOVERNOR_CPUS names; unset or empty it changes nothing.
 * @throws GovernorError BAD_INPUT where it is no cpulist, or names no CPU that is allowed
 */
export function withChosenCpus(host: Host, environment: Environment): Host {
  const text = environment[CHOSEN_CPUS]?.trim();
  if (!text || host.limits.free) return host; // what is free was found among the chosen ones
  const allowed = allowedCpus(host);
  const value = intersect(allowed, parseCpulist(text, CHOSEN_CPUS));
  if (value.length === 0)
    throw badInput(CHOSEN_CPUS, text, `at least one of the CPUs that are allowed (${formatCpulist(allowed)})`);
  const left = new Set(value);
  return {
    ...host,
    cpus: host.cpus.map(cpu => ({ ...cpu, allowed: left.has(cpu.cpu) })),
    limits: { ...host.limits, chosen: { value, source: CHOSEN_CPUS } },
  };
}
