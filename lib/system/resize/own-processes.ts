import { constants } from 'node:os';
import type { ProcessRecord } from '../../core/processes/records.js';
import type { PoolsRecord } from '../../core/resize/records.js';
import { GovernorError } from '../../errors.js';
import { readUid, userName } from '../processes/users.js';

const REFUSED: readonly number[] = [constants.errno.EPERM, constants.errno.EACCES];

/**
 * Checks that we may write into the processes, and as root that they are ours or that others are meant too.
 * @throws GovernorError NOT_PERMITTED for the first process that we may not resize
 */
export function requireOwnProcesses(
  tree: readonly ProcessRecord[],
  pools: ReadonlyMap<number, PoolsRecord>,
  otherUsers: boolean,
): void {
  for (const { pid, comm } of tree) {
    const uid = readUid(pid);
    if (uid === null) continue;
    const own = uid === process.geteuid!();
    const user = userName(uid) ?? `user ${uid}`;
    if (REFUSED.includes(pools.get(pid)?.denied ?? 0))
      throw refused(
        pid,
        comm,
        own
          ? 'the kernel does not let us write into it; run with CAP_SYS_PTRACE (sudo)'
          : `it belongs to ${user}; run as that user, or with CAP_SYS_PTRACE (sudo)`,
      );
    if (!own && !otherUsers) throw refused(pid, comm, `it belongs to ${user}; add --other-users if it is meant`);
  }
}

function refused(pid: number, comm: string, why: string): GovernorError {
  const text = `cannot resize pools of pid ${pid} (${comm}): ${why}; nothing was changed`;
  return new GovernorError('NOT_PERMITTED', text, { pid });
}
