import type { Audit } from '../audit/audit.js';
import type { AuditLever } from '../audit/levers/lever.js';
import type { PinResult } from '../processes/pin.js';
import type { ResizeResult } from './result.js';

/** What was done about an audit while the program ran, and what a second audit found. */
export interface AppliedFix {
  /** the audit before */
  before: Audit;
  /** the pools that were resized; null: the fix names none that can be */
  resized: ResizeResult | null;
  /** the workers that were spread over their CPUs; null: there was no need */
  pinned: PinResult | null;
  /** what is left to set at the program's next start */
  left: readonly AuditLever[];
  /** the audit afterwards; null: nothing was done */
  after: Audit | null;
}
