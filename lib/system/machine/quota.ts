import type { Host } from '../../core/machine/host.js';
import type { ThrottlingRecord } from '../../core/machine/records.js';
import type { QuotaRefusal } from '../../core/audit/verdict.js';
import { native } from '../native.js';

/**
 * Begins to count the CPU time that the host's quota refuses the processes of its control group.
 * @returns a function that ends the count `seconds` later; it returns null if there is no quota, or if the group does
 * not count throttling
 */
export function watchQuota({
  limits,
}: {
  limits: Pick<Host['limits'], 'quota'>;
}): (seconds: number) => QuotaRefusal | null {
  const source = limits.quota?.source;
  if (source === undefined) return () => null;
  const group = source.replace(/\/[^/]*$/, '');
  const before = native.readThrottling(group);
  return seconds => {
    const after = native.readThrottling(group);
    return before && after ? refusedBetween(before, after, seconds) : null;
  };
}

function refusedBetween(before: ThrottlingRecord, after: ThrottlingRecord, seconds: number): QuotaRefusal {
  const periods = after.periods - before.periods;
  return {
    periods: periods > 0 ? (after.throttledPeriods - before.throttledPeriods) / periods : 0,
    cpus: seconds > 0 ? Math.max(0, after.throttledTime - before.throttledTime) / 1e9 / seconds : 0,
  };
}
