import type { AuditedPool, AuditFinding } from '../audited.js';
import { allowedCpus, effectiveCpus } from '../../machine/host.js';
import { optionOf } from './library-options.js';
import { affinityOf, grouped, wanted, type Audited } from './seen.js';
import { counted, listed } from './words.js';

/** A pool that has not worked at all costs nothing. */
const AT_WORK = 0.1;

/** A library that takes as many threads as the machine has cores, in each of several processes or on few CPUs, and that no variable reaches. */
export function libraryWithoutVariable(seen: Audited): AuditFinding[] {
  const found = seen.pools.flatMap(pool => {
    const share = shareOf(pool, seen);
    const fix = optionOf(pool.library, Math.max(1, Math.floor(share)));
    return fix !== null && pool.computes && wanted(pool) >= AT_WORK && pool.threadsPerProcess > Math.ceil(share)
      ? [{ pool, share, fix }]
      : [];
  });
  return grouped(found, ({ pool, fix }) => `${pool.library} ${pool.threadsPerProcess} ${fix}`).map(
    (alike): AuditFinding => {
      const { pool, share, fix } = alike[0]!;
      const pids = alike.flatMap(one => one.pool.pids);
      return {
        id: 'library-without-variable',
        text: `${pool.library} takes ${counted(pool.threadsPerProcess, 'thread')} in each of ${counted(pids.length, 'process', 'processes')} that has ${counted(Number(share.toFixed(1)), 'CPU')}, and no variable tells it otherwise.`,
        evidence: `${pool.module ?? pool.library} in pid${pids.length === 1 ? '' : 's'} ${listed(pids)}`,
        fix,
        pids,
      };
    },
  );
}

/** CPUs for each process of a pool: those that it is confined to, or its part of all that the processes have together. */
function shareOf(pool: AuditedPool, seen: Audited): number {
  const all = effectiveCpus(allowedCpus(seen.host).length, seen.host.limits.quota?.value ?? null);
  const confined = seen.processes
    .filter(process => pool.pids.includes(process.pid))
    .map(process => affinityOf(process).length)
    .filter(count => count > 0);
  return Math.min(all / Math.max(1, pool.processes), ...confined);
}
