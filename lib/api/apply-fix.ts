import type { Audit } from '../core/audit/audit.js';
import { liveFixOf } from '../core/resize/live-fix.js';
import type { AppliedFix } from '../core/resize/applied-fix.js';
import { resizeTree } from '../runtime/resize-tree.js';
import { withOwnErrors } from '../system/os-errors.js';
import { requireProcess } from '../system/processes/processes.js';
import { audit, type AuditOptions } from './audit.js';
import { pin } from './pin.js';

/** How a fix is applied. */
export interface ApplyFixOptions extends AuditOptions {
  /** as root, also resize pools in processes of other users; default false */
  otherUsers?: boolean | undefined;
}

/**
 * Audits a running program, does what can be done about it without stopping it, and audits it again. Pools that the
 * audit finds too large (or, for a process that computes alone, too small) are resized; workers that are stacked on a
 * few CPUs are spread by `pin`. What else the fix names is left for the program's next start. `resize` with `undo`, and
 * `pin` with `restore`, take it back.
 * @param pid the root of the tree
 * @param options default: watch for 1 second each time
 * @throws what `audit`, `resize` and `pin` throw; pools that were resized by then stay so
 */
export function applyFix(pid: number, options: ApplyFixOptions = {}): Promise<AppliedFix> {
  return withOwnErrors(applied(pid, options));
}

async function applied(pid: number, { window, signal, otherUsers }: ApplyFixOptions): Promise<AppliedFix> {
  const before = await audit(pid, { window, signal });
  const { sizeOf, resizes, left } = liveFixOf(before.fix);
  const resized = resizes ? await resizeTree(requireProcess(pid), { sizes: () => sizeOf, otherUsers, signal }) : null;
  const pinned = isStacked(before) ? await pin(pid, { reserve: 0, signal }) : null;
  const after = resized || pinned ? await audit(pid, { window, signal }) : null;
  return { before, resized, pinned, left, after };
}

function isStacked({ verdict, processes }: Audit): boolean {
  return verdict === 'stacked' && processes.some(({ role }) => role === 'worker');
}
