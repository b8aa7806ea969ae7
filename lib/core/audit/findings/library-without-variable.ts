import type { AuditedPool, AuditFinding } from '../audited.js';
import { allowedCpus, effectiveCpus } from '../../machine/host.js';
import { optionOf } from './library-options.js';
import { affinityOf, grouped, wanted, type Audited } from './common/input.js';
import { count } from '../../text.js';
import { pidWords } from './common/words.js';

/** CPUs wanted below which a pool costs nothing. */
const WORKING_CPUS = 0.1;

/** A library that no variable limits starts a thread per core of the machine, in several processes or on few CPUs. */
export function libraryWithoutVariable(audited: Audited): AuditFinding[] {
  const found = audited.pools.flatMap(pool => {
    const share = shareOf(pool, audited);
    const fix = optionOf(pool.library, Math.max(1, Math.floor(share)));
    return fix !== null && pool.computes && wanted(pool) >= WORKING_CPUS && pool.threadsPerProcess > Math.ceil(share)
      ? [{ pool, share, fix }]
      : [];
  });
  return grouped(found, ({ pool, fix }) => `${pool.library} ${pool.threadsPerProcess} ${fix}`).map(
    (alike): AuditFinding => {
      const { pool, share, fix } = alike[0]!;
      const pids = alike.flatMap(one => one.pool.pids);
      const processes = pids.length === 1 ? '1 process' : `each of ${pids.length} processes`;
      return {
        id: 'library-without-variable',
        severity: 'costs',
        text:
          `${pool.library} starts ${count(pool.threadsPerProcess, 'thread')} in ${processes} ` +
          `with ${count(Number(share.toFixed(1)), 'CPU')}, and reads no variable.`,
        evidence: `${pool.module ?? pool.library} in ${pidWords(pids)}`,
        fix,
        pids,
      };
    },
  );
}

/** CPUs per process of a pool: those it is confined to, or its equal part of all CPUs. */
function shareOf(pool: AuditedPool, audited: Audited): number {
  const all = effectiveCpus(allowedCpus(audited.host).length, audited.host.limits.quota?.value ?? null);
  const confined = audited.processes
    .filter(process => pool.pids.includes(process.pid))
    .map(process => affinityOf(process).length)
    .filter(count => count > 0);
  return Math.min(all / Math.max(1, pool.processes), ...confined);
}
