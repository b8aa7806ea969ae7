import type { Host } from '../../core/machine/host.js';
import type { ThrottlingRecord } from '../../core/records.js';
import type { QuotaRefusal } from '../../core/audit/verdict.js';
import { native } from '../native.js';

/**
 * Begins to count what the control group that sets the host's quota refuses its processes; what is returned tells it
 * at the end. null where there is no quota, or the group keeps no account.
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
