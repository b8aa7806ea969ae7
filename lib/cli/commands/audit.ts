import { Command } from 'commander';
import { audit } from '../../api/audit.js';
import { badInput } from '../../errors.js';
import { formatAudit } from '../../report/audit.js';
import { withFlags, type Flags } from '../flags.js';
import type { SetStatus } from '../status.js';
import { output, style } from '../output.js';

export function auditCommand(setStatus: SetStatus): Command {
  const command = new Command('audit')
    .description('is a running program over-subscribed, by which of its processes, and what to set')
    .argument('<PID>', 'a process; its descendants are looked at too')
    .option('--window <SECONDS>', 'how long to watch the threads (default: 1)', seconds)
    .addHelpText('after', `
The program is only read, never stopped.

Examples:
  governor audit 4242
  governor audit --json $(pgrep -n python3)

Exit status: 0 fine, 1 over-subscribed, 2 could not audit.`);
  return withFlags(command, 'json').action(async (pid: string, flags: Flags & { window?: number }) => {
    const result = await audit(parsePid(pid), { window: flags.window });
    output.out(flags.json ? JSON.stringify(result, null, 2) : formatAudit(result, (styles, text) => style(1, styles, text)));
    setStatus(result.verdict === 'fine' ? 0 : 1);
  });
}

function parsePid(text: string): number {
  if (!/^[1-9]\d{0,9}$/.test(text)) throw badInput('pid', text, 'the number of a process, such as ps shows');
  return Number(text);
}

function seconds(text: string): number {
  if (!/^\d{1,4}(\.\d+)?$/.test(text) || Number(text) <= 0 || Number(text) > 3600) throw badInput('--window', text, 'seconds from above 0 to 3600');
  return Number(text);
}
