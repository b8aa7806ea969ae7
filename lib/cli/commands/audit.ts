import { applyFix } from '../../api/apply-fix.js';
import { audit } from '../../api/audit.js';
import type { Audit } from '../../core/audit/audit.js';
import { tooMuch } from '../../core/audit/verdict.js';
import { formatAudit } from '../../report/audit/audit.js';
import { formatFix } from '../../report/audit/fix.js';
import { jsonText } from '../../report/json.js';
import type { CommandAction } from '../command.js';
import { formatAppliedFix } from '../../report/resize/applied-fix.js';
import type { FlagValues } from '../flags/flag.js';
import { output, style } from '../output.js';
import type { SetStatus } from '../status.js';
import { parsePid } from '../values.js';

export const auditProgram: CommandAction = async ([pid], flags, setStatus) => {
  if (flags.apply) return applyToProgram(parsePid(pid!), flags, setStatus);
  const result = await audit(parsePid(pid!), { window: flags.window });
  output.out(textOf(result, flags));
  setStatus(statusOf(result, flags));
};

async function applyToProgram(pid: number, flags: FlagValues, setStatus: SetStatus): Promise<void> {
  const result = await applyFix(pid, { window: flags.window, otherUsers: flags.otherUsers });
  output.out(flags.json ? jsonText(result, 2) : formatAppliedFix(result));
  setStatus(statusOf(result.after ?? result.before, flags));
}

function textOf(result: Audit, { json, fixFormat }: FlagValues): string {
  if (json) return jsonText(result, 2);
  if (fixFormat === undefined) return formatAudit(result, (styles, text) => style(1, styles, text));
  return result.fix ? formatFix(result.fix, fixFormat) : `# ${result.verdict}: nothing to set`;
}

function statusOf(
  { verdict, demand, ratio }: Audit,
  { maxDemand = Infinity, maxRatio = Infinity }: FlagValues,
): number {
  return tooMuch(verdict) || demand > maxDemand || ratio > maxRatio ? 1 : 0;
}
