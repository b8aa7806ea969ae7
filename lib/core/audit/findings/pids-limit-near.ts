import type { AuditFinding } from '../audited.js';
import type { Host } from '../../machine/host.js';
import { USER_LIMIT } from '../../machine/limits.js';
import type { Audited, PidsUse } from './seen.js';

/** Above this part of it a limit is near. */
const NEAR = 0.9;

/** Where no thread more may be made, libraries abort or hang. */
export function pidsLimitNear(seen: Audited): AuditFinding[] {
  return [...ofHost(seen.host), ...seen.pids]
    .filter(({ limit, used }) => used >= NEAR * limit)
    .map(({ limit, used, source }) => ({
      id: 'pids-limit-near',
      text: `Processes and threads that can still be made: ${Math.max(0, limit - used)}; the limit is ${limit}.`,
      evidence: `${used} of ${limit} used (${source})`,
      fix: source === USER_LIMIT ? 'ulimit -u unlimited' : `echo ${2 * limit} > ${source}`,
      pids: seen.processes.slice(0, 1).map(process => process.pid),
    }));
}

/** What is left may be less than this limit leaves, since an ancestor of the control group may leave less. */
function ofHost(host: Host): PidsUse[] {
  const { pids } = host.limits;
  return pids === null || pids.left === null
    ? []
    : [{ limit: pids.value, used: pids.value - pids.left, source: pids.source }];
}
