import type { AuditFinding } from '../audited.js';
import type { Host } from '../../machine/host.js';
import { USER_LIMIT } from '../../machine/limits.js';
import { count } from '../../text.js';
import type { Audited, PidsUse } from './common/input.js';

/** Used share from which a limit is near. */
const NEAR_SHARE = 0.9;

/** A limit on processes and threads is almost used up. Libraries that cannot start a thread abort or hang. */
export function pidsLimitNear(audited: Audited): AuditFinding[] {
  return [...ofHost(audited.host), ...audited.pids]
    .filter(({ limit, used }) => used >= NEAR_SHARE * limit)
    .map(({ limit, used, source }) => ({
      id: 'pids-limit-near' as const,
      severity: 'threatens' as const,
      text: `Only ${moreToStart(limit - used)} can start; the limit is ${limit}.`,
      evidence: `${used} of ${limit} used (${source})`,
      fix: source === USER_LIMIT ? 'ulimit -u unlimited' : `echo ${2 * limit} > ${source}`,
      pids: audited.processes.slice(0, 1).map(process => process.pid),
    }));
}

function moreToStart(left: number): string {
  return count(Math.max(0, left), 'more process or thread', 'more processes and threads');
}

/** `left` may be less than this limit leaves: an ancestor of the control group may leave less. */
function ofHost(host: Host): PidsUse[] {
  const { pids } = host.limits;
  return pids === null || pids.left === null
    ? []
    : [{ limit: pids.value, used: pids.value - pids.left, source: pids.source }];
}
