import type { AuditedPool, AuditFinding, FindingId } from './audited.js';
import { union } from '../cpuset.js';
import { onlineInCpuset, type Host } from '../machine/host.js';
import { LIMITS, tooMuch, type AuditVerdict, type MeasuredDemand } from './verdict.js';
import { wantedInReserve } from './waiting-pools.js';

/** Findings that put threads on few CPUs while others are idle. */
const STACKS: readonly FindingId[] = ['workers-on-one-cpu', 'isolated-cpus', 'main-thread-pinned'];

/**
 * The verdict, with what the measured figures cannot show: waiting that looks like the doing of others but comes from
 * the program's own affinity or team of threads, teams that a small excess of threads slows down much,
 * and pools that need a thread more than there are CPUs.
 */
export function verdictWith(
  measured: MeasuredDemand,
  findings: readonly AuditFinding[],
  pools: readonly AuditedPool[],
  host: Host,
): AuditVerdict {
  const { verdict, run, wait, cpus, effectiveCpus } = measured;
  const costs = (ids: readonly FindingId[]) =>
    findings.some(finding => finding.severity === 'costs' && ids.includes(finding.id));
  if (verdict === 'idle' || verdict === 'throttled by quota') return verdict;
  const fits = run + wait <= LIMITS.demand * union([cpus, onlineInCpuset(host)]).length;
  const waits = wait / (run + wait) > LIMITS.starved;
  if (costs(STACKS) && fits && waits) return 'stacked';
  const inReserve = wantedInReserve(pools, effectiveCpus);
  if (tooMuch(verdict) && inReserve > 0 && run + wait - inReserve <= LIMITS.demand * effectiveCpus) return 'fine';
  if (verdict !== 'fine' && verdict !== 'starved by others') return verdict;
  if (costs(['team-larger-than-cpus'])) return 'over-subscribed';
  return costs(['team-waits-for-others']) ? 'starved by others' : verdict;
}
