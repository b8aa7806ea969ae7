import type { PidsUse } from '../../core/audit/findings.js';
import type { Host } from '../../core/machine/host.js';
import { USER_LIMIT } from '../../core/machine/limits.js';
import type { ProcessRecord } from '../../core/processes/records.js';
import { readUid } from '../processes/users.js';

/**
 * The kernel does not report the use of a user's limit, so the threads of the user's processes are counted. The limit
 * does not bind root.
 */
export function pidsOf(root: ProcessRecord, all: readonly ProcessRecord[], host: Host): PidsUse[] {
  const limit = host.limits.pids;
  const user = readUid(root.pid);
  if (limit?.source !== USER_LIMIT || !user) return [];
  const used = all.filter(other => readUid(other.pid) === user).reduce((sum, other) => sum + other.threads, 0);
  return [{ limit: limit.value, used, source: limit.source }];
}
