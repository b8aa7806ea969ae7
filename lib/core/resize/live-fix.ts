import type { AuditFix } from '../audit/fix.js';
import type { AuditLever } from '../audit/levers/lever.js';
import type { SizeOf } from './plan.js';
import { RESIZABLE } from './resizable.js';

/** A fix, divided into what can be done while the program runs, and what only its next start can bring. */
export interface LiveFix {
  /** the sizes that the fix has for pools */
  sizeOf: SizeOf<unknown>;
  /** whether it has any */
  resizes: boolean;
  /** what is to be set at the next start */
  left: AuditLever[];
}

export function liveFixOf(fix: AuditFix | null): LiveFix {
  const levers = fix?.levers ?? [];
  const isLive = ({ of, owner }: AuditLever) => of === 'threads' && RESIZABLE.includes(owner);
  const live = new Map(levers.filter(isLive).map(lever => [lever.owner, lever]));
  const sizeOf: SizeOf<unknown> = (_, library, now) => {
    const lever = live.get(library);
    if (!lever) return null;
    // What is smaller already was made so by somebody who knew why.
    return lever.value < lever.now ? Math.min(now, lever.value) : lever.value;
  };
  return { sizeOf, resizes: live.size > 0, left: levers.filter(lever => !isLive(lever)) };
}
