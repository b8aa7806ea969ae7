import type { Audit } from '../../../core/audit/audit.js';
import type { AuditedPool } from '../../../core/audit/audited.js';
import { printable } from '../../printable.js';
import { clippedTo, inColumns, shortened, type Line } from './line.js';

const HEAD = ['WANTED', 'THREADS', 'OWNER', 'IN', 'FILE'];
/** Columns for an owner's name. */
const NAME_COLUMNS = 24;

/** The owners in at most `lines` lines: main threads first, then libraries, those with the most threads first. */
export function ownerLines(audit: Audit, lines: number): Line[] {
  const mains = audit.processes.flatMap(process => process.threads.filter(thread => thread.owner.library === 'main'));
  const own = mains.reduce((sum, thread) => sum + thread.run + thread.wait, 0);
  const rows = [
    HEAD,
    [own.toFixed(1), String(mains.length), 'main', audit.processes.length === 1 ? `pid ${audit.pid}` : 'all', ''],
    ...audit.pools
      .slice(0, lines)
      .map(pool => [
        (pool.run + pool.wait).toFixed(1),
        threadsOf(pool),
        clippedTo(printable(pool.library), NAME_COLUMNS),
        pool.role === 'worker' ? `workers of ${pool.parent}` : `pid ${pool.pids[0]}`,
        printable(pool.module ?? ''),
      ]),
  ];
  const table = inColumns(rows, [0]).map((text, i): Line => [{ text, ...(i === 0 ? { style: 'bold' } : {}) }]);
  return shortened(table, lines, audit.pools.length + 2);
}

/** `11 × 5 = 55`; `4 configured` if none is started. */
function threadsOf({ processes, threadsPerProcess, threads, started, configured }: AuditedPool): string {
  if (started === 0) return `${processes > 1 ? `${processes} × ` : ''}${configured ?? 0} configured`;
  if (processes === 1) return String(threads);
  return `${processes} × ${threadsPerProcess * processes === threads ? '' : '≤'}${threadsPerProcess} = ${threads}`;
}
