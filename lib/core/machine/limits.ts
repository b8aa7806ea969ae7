import { intersect, type Cpuset } from '../cpuset.js';
import type { FoundLimit, Host } from './host.js';
import type { CgroupRecord, LimitsRecord } from '../records.js';

type Limits = Host['limits'];

/** The file and field that contain an affinity. */
export const AFFINITY_SOURCE = '/proc/self/status Cpus_allowed';

/**
 * The limits that apply to a process: for each kind the tightest of its control group and all ancestors, versions 1 and
 * 2 together (a parent's limit binds its children, cgroup-v2.rst).
 */
export function interpretLimits(record: LimitsRecord): Limits {
  return {
    quota: tightest(
      record.cgroups,
      'cpu.max',
      'cpu.cfs_quota_us',
      group => group.quota && group.quota.quota / group.quota.period,
    ),
    cpuset: cpusetOf(record.cgroups),
    affinity: record.affinity && { value: record.affinity, source: AFFINITY_SOURCE },
    chosen: null,
    free: null,
    weight: weightOf(record.cgroups),
    memory: withLeft(
      record.cgroups,
      'memory.max',
      'memory.limit_in_bytes',
      group => group.memoryLimit,
      group => group.memoryUsed,
    ),
    pids: pidsOf(record),
  };
}

/** Source of the limit on a user's threads. */
export const USER_LIMIT = 'RLIMIT_NPROC';

/** Online CPUs that are in the affinity and in the control group's cpuset. */
export function allowedOf(online: Cpuset, limits: Pick<Limits, 'affinity' | 'cpuset'>): Cpuset {
  let allowed = online;
  for (const limit of [limits.affinity, limits.cpuset]) if (limit) allowed = intersect(allowed, limit.value);
  return allowed;
}

function source(group: CgroupRecord, version2: string, version1: string): string {
  return `${group.path}/${group.version === 2 ? version2 : version1}`;
}

function tightest(
  groups: CgroupRecord[],
  version2: string,
  version1: string,
  readValue: (group: CgroupRecord) => number | null,
): FoundLimit<number> | null {
  let found: FoundLimit<number> | null = null;
  for (const group of groups) {
    const value = readValue(group);
    if (value !== null && (found === null || value < found.value))
      found = { value, source: source(group, version2, version1) };
  }
  return found;
}

/** The cpuset of the innermost group that has one; the kernel keeps it within its ancestors' sets. */
function cpusetOf(groups: CgroupRecord[]): FoundLimit<Cpuset> | null {
  const sets = groups.filter(group => group.cpus !== null);
  const innermost = sets.filter((group, i) => sets.findIndex(other => other.controller === group.controller) === i);
  if (innermost.length === 0) return null;
  return innermost
    .map(group => ({ value: group.cpus!, source: source(group, 'cpuset.cpus.effective', 'cpuset.cpus') }))
    .reduce((a, b) => ({
      value: intersect(a.value, b.value),
      source: b.value.length < a.value.length ? b.source : a.source,
    }));
}

/** The least weight that differs from the kernel's default. A weight matters only under contention. */
function weightOf(groups: CgroupRecord[]): Limits['weight'] {
  const unusual = groups.flatMap(group => {
    const usual = group.version === 2 ? 100 : 1024;
    return group.weight === null || group.weight === usual
      ? []
      : [{ value: group.weight, source: source(group, 'cpu.weight', 'cpu.shares'), usual }];
  });
  return unusual.reduce<Limits['weight']>(
    (least, one) => (least && least.value / least.usual <= one.value / one.usual ? least : one),
    null,
  );
}

function withLeft(
  groups: CgroupRecord[],
  version2: string,
  version1: string,
  limitOf: (group: CgroupRecord) => number | null,
  usedOf: (group: CgroupRecord) => number | null,
): (FoundLimit<number> & { left: number | null }) | null {
  const limit = tightest(groups, version2, version1, limitOf);
  if (!limit) return null;
  const left = groups.flatMap(group => {
    const [most, used] = [limitOf(group), usedOf(group)];
    return most === null || used === null ? [] : [Math.max(0, most - used)];
  });
  return { ...limit, left: left.length > 0 ? Math.min(limit.value, ...left) : null };
}

/** RLIMIT_NPROC counts the user's threads on the whole machine, so `left` is unknown for it. */
function pidsOf(record: LimitsRecord): Limits['pids'] {
  const group = withLeft(
    record.cgroups,
    'pids.max',
    'pids.max',
    g => g.pidsLimit,
    g => g.pidsUsed,
  );
  if (record.processLimit !== null && (group === null || record.processLimit < (group.left ?? group.value))) {
    return { value: record.processLimit, source: USER_LIMIT, left: null };
  }
  return group;
}
