import type { Audit } from '../../core/audit/audit.js';
import type { AuditLever } from '../../core/audit/levers/lever.js';
import type { AppliedFix } from '../../core/resize/applied-fix.js';
import { printable } from '../printable.js';
import { formatPin } from '../processes/pin.js';
import { formatTable } from '../table.js';
import { formatResize } from './resize.js';

/** What was done, the figures of both audits side by side, and what is left to set. */
export function formatAppliedFix({ before, resized, pinned, left, after }: AppliedFix): string {
  const done = [...(resized ? [formatResize(resized)] : []), ...(pinned ? [formatPin(pinned)] : [])];
  const undo = pinned ? [`governor pin --restore ${before.pid} takes the pin back`] : [];
  const nothing = [`${nameOf(before)}: ${before.verdict}; nothing that could be changed while it runs`];
  return [
    ...(done.length > 0 ? [...done, ...undo, ''] : nothing),
    ...(after ? [figures(before, after)] : []),
    ...(left.length > 0 ? ['', 'At its next start', ...left.map(leftLine)] : []),
  ].join('\n');
}

function nameOf({ command, pid }: Audit): string {
  return `${printable(command)} (pid ${pid})`;
}

function figures(before: Audit, after: Audit): string {
  const row = (name: string, figure: (audit: Audit) => string) => [name, figure(before), figure(after)];
  return formatTable(
    ['', 'BEFORE', 'AFTER'],
    [
      row('verdict', ({ verdict }) => verdict),
      row('demand', ({ demand }) => demand.toFixed(2)),
      row('ran on CPUs', ({ run }) => run.toFixed(1)),
      row('waited for CPUs', ({ wait }) => wait.toFixed(1)),
      row('threads that wanted one', audit => String(wanting(audit))),
      row('threads', ({ threads }) => String(threads.all)),
    ],
  );
}

/** Share of the window from which a thread counts as one that wanted a CPU. */
const WANTED = 0.05;

function wanting({ processes }: Audit): number {
  return processes.flatMap(({ threads }) => threads).filter(({ run, wait }) => run + wait >= WANTED).length;
}

function leftLine({ owner, of, value, now, set }: AuditLever): string {
  return `  ${printable(owner)}: ${of === 'workers' ? 'workers' : 'threads'} ${now} → ${value}: ${printable(set)}`;
}
