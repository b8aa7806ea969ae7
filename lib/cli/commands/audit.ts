import { Command } from 'commander';
import { audit } from '../../api/audit.js';
import type { Audit } from '../../core/audit/audit.js';
import { tooMuch } from '../../core/audit/verdict.js';
import { formatAudit } from '../../report/audit/audit.js';
import { FIX_FORMATS, formatFix, parseFixFormat, type FixFormat } from '../../report/audit/fix.js';
import { withFlags, type Flags } from '../flags.js';
import type { SetStatus } from '../status.js';
import { output, style } from '../output.js';
import { parsePid, positive, seconds } from '../values.js';

interface AuditFlags extends Flags {
  window?: number;
  maxDemand?: number;
  maxRatio?: number;
  fixFormat?: FixFormat;
}

export function auditCommand(setStatus: SetStatus): Command {
  const command = new Command('audit')
    .description('who made the threads of a running program, is it really too many, and what to set')
    .argument('<PID>', 'a process; its descendants are looked at too')
    .option('--window <SECONDS>', 'how long to watch the threads (default: 1)', seconds('window'))
    .option(
      '--max-demand <N>',
      'exit with 1 also where CPUs wanted ÷ CPUs is above N',
      positive('maxDemand', 1e6, 'a number above 0'),
    )
    .option(
      '--max-ratio <N>',
      'exit with 1 also where threads ÷ CPUs is above N; sleeping threads count',
      positive('maxRatio', 1e6, 'a number above 0'),
    )
    .option('--fix-format <FORMAT>', `print what to set alone, to paste: ${FIX_FORMATS.join(', ')}`, parseFixFormat)
    .addHelpText(
      'after',
      `
The program is only read, never stopped.

Verdicts: fine; idle: next to nothing wants to run; over-subscribed: more threads want to run than there are CPUs;
thrashing: so many more that they change places all the time; throttled by quota: the control group's CPU time is
used up; starved by others: the CPUs would do, but other programs have them.

Examples:
  governor audit 4242
  governor audit --window 5 $(pgrep -n python3)
  governor audit --json --max-ratio 1.7 4242     a check in CI
  governor audit --fix-format slurm 4242         what to set, as a batch job's script

Exit status: 0 fine, idle or starved by others; 1 over-subscribed, thrashing, throttled or above a limit of yours;
2 could not audit.`,
    );
  return withFlags(command, 'json').action(async (pid: string, flags: AuditFlags) => {
    const result = await audit(parsePid(pid), { window: flags.window });
    output.out(textOf(result, flags));
    setStatus(tooMuch(result.verdict) || above(result, flags) ? 1 : 0);
  });
}

function textOf(result: Audit, { json, fixFormat }: AuditFlags): string {
  if (json) return JSON.stringify(result, null, 2);
  if (fixFormat === undefined) return formatAudit(result, (styles, text) => style(1, styles, text));
  return result.fix ? formatFix(result.fix, fixFormat) : `# ${result.verdict}: nothing to set`;
}

function above({ demand, ratio }: Audit, { maxDemand = Infinity, maxRatio = Infinity }: AuditFlags): boolean {
  return demand > maxDemand || ratio > maxRatio;
}
