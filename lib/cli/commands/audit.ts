import { Command } from 'commander';
import { audit } from '../../api/audit.js';
import type { Audit } from '../../core/audit.js';
import { tooMuch } from '../../core/verdict.js';
import { formatAudit } from '../../report/audit.js';
import { withFlags, type Flags } from '../flags.js';
import type { SetStatus } from '../status.js';
import { output, style } from '../output.js';
import { parsePid, positive } from '../values.js';

interface AuditFlags extends Flags {
  window?: number;
  maxDemand?: number;
  maxRatio?: number;
}

export function auditCommand(setStatus: SetStatus): Command {
  const command = new Command('audit')
    .description('who made the threads of a running program, is it really too many, and what to set')
    .argument('<PID>', 'a process; its descendants are looked at too')
    .option('--window <SECONDS>', 'how long to watch the threads (default: 1)', positive('--window', 3600, 'seconds from above 0 to 3600'))
    .option('--max-demand <N>', 'exit with 1 also where CPUs wanted ÷ CPUs is above N', positive('--max-demand', 1e6, 'a number above 0'))
    .option('--max-ratio <N>', 'exit with 1 also where threads ÷ CPUs is above N; sleeping threads count', positive('--max-ratio', 1e6, 'a number above 0'))
    .addHelpText('after', `
The program is only read, never stopped.

Verdicts: fine; idle: next to nothing wants to run; over-subscribed: more threads want to run than there are CPUs;
thrashing: so many more that they change places all the time; throttled by quota: the control group's CPU time is
used up; starved by others: the CPUs would do, but other programs have them.

Examples:
  governor audit 4242
  governor audit --window 5 $(pgrep -n python3)
  governor audit --json --max-ratio 1.7 4242     a check in CI

Exit status: 0 fine, idle or starved by others; 1 over-subscribed, thrashing, throttled or above a limit of yours;
2 could not audit.`);
  return withFlags(command, 'json').action(async (pid: string, flags: AuditFlags) => {
    const result = await audit(parsePid(pid), { window: flags.window });
    output.out(flags.json ? JSON.stringify(result, null, 2) : formatAudit(result, (styles, text) => style(1, styles, text)));
    setStatus(tooMuch(result.verdict) || above(result, flags) ? 1 : 0);
  });
}

function above({ demand, ratio }: Audit, { maxDemand = Infinity, maxRatio = Infinity }: AuditFlags): boolean {
  return demand > maxDemand || ratio > maxRatio;
}
