import type { NearbyRank } from '../../core/launch/shared-place.js';
import { subtract, type Cpuset } from '../../core/cpuset.js';
import { hasEnded } from '../../core/processes/has-ended.js';
import { native } from '../native.js';
import { ifReadable } from '../os-errors.js';
import { readEnvironment } from '../processes/processes.js';

/** Other processes that are confined to these CPUs, with their variables if we may read them. */
export function processesOn(cpus: Cpuset): NearbyRank[] {
  return ifReadable(() => native.processes(), []).flatMap(one => {
    const { pid } = one;
    if (one.kernel || hasEnded(one) || pid === process.pid) return [];
    const affinity = ifReadable(() => native.getAffinity(pid), []);
    if (affinity.length === 0 || subtract(affinity, cpus).length > 0) return [];
    const environment = readEnvironment(pid);
    return environment ? [{ pid, environment }] : [];
  });
}
