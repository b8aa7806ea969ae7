import type { Audit, AuditedProcess } from '../core/audit.js';
import { formatCpulist, union } from '../core/cpuset.js';
import { shellJoin } from '../core/shell.js';
import { formatEnvironment } from './environment.js';
import { printable } from './printable.js';
import { formatTable } from './table.js';

type Paint = (style: 'red' | 'green' | 'bold', text: string) => string;

/** The audit for people: verdict first, then who has which threads, then what to set. */
export function formatAudit(audit: Audit, paint: Paint): string {
  const rows = audit.processes.map(process => [
    process.pid, process.ppid, process.role, process.threads.length, process.running.toFixed(1),
    formatCpulist(union(process.threads.map(thread => thread.affinity))), clipped(commandOf(process), 60),
  ]);
  return [
    verdictLine(audit, paint),
    `${audit.processes.length} process${audit.processes.length === 1 ? '' : 'es'}, ${audit.threads} thread${audit.threads === 1 ? '' : 's'} on ${cpuCount(audit)} (${audit.threadRatio.toFixed(1)} threads per CPU, sleeping ones too)`,
    ...audit.pools.map(pool => `Workers of ${pool.parent}: ${pool.processes} processes × ${pool.threadsPerProcess} threads = ${pool.threads} threads`),
    ...(audit.hottest && audit.hottest.ratio > 1.5 ? [`Hottest: ${audit.hottest.running.toFixed(1)} running threads confined to CPU${audit.hottest.cpus.length === 1 ? '' : 's'} ${formatCpulist(audit.hottest.cpus)}`] : []),
    '',
    formatTable(['PID', 'PPID', 'ROLE', 'THREADS', 'RUNNING', 'CPUS', 'COMMAND'], rows, [0, 1, 3, 4]),
    '',
    variablesLine(audit),
    ...fixLines(audit, paint),
  ].join('\n');
}

function verdictLine(audit: Audit, paint: Paint): string {
  const figures = `${audit.running.toFixed(1)} running threads ÷ ${Number(audit.effectiveCpus.toFixed(2))} CPUs = ${audit.ratio.toFixed(2)}`;
  const name = `${printable(audit.command)} (pid ${audit.pid})`;
  if (audit.verdict === 'fine') return `${paint('green', 'fine')}: ${name}: ${figures}`;
  return `${paint('red', 'over-subscribed')}: ${name}: ${figures}`;
}

function cpuCount(audit: Audit): string {
  const quota = audit.effectiveCpus < audit.cpus.length ? `, quota ${Number(audit.effectiveCpus.toFixed(2))}` : '';
  return `${audit.cpus.length} CPU${audit.cpus.length === 1 ? '' : 's'} (${formatCpulist(audit.cpus)}${quota})`;
}

function variablesLine(audit: Audit): string {
  if (!audit.environment) return 'Variables: not permitted to read them (needs the same user, or root)';
  const set = Object.entries(audit.environment).map(([name, value]) => `${name}=${printable(value ?? '')}`);
  return `Variables: ${set.join(' ') || 'none that limits threads'}`;
}

function fixLines({ fix, pools }: Audit, paint: Paint): string[] {
  if (!fix) return [];
  return [
    '',
    paint('bold', 'What to set'),
    `  ${printable(fix.command)}`,
    'or, before the program starts:',
    ...formatEnvironment(fix.variables, 'shell').split('\n').map(line => `  ${line}`),
    ...fix.unset.map(name => `  unset ${name}    # it pins the main thread, and all workers inherit that`),
    ...(pools.length > 0 ? ['A program that sets its threads in code (threadpoolctl, torch.set_num_threads) must do so there as well.'] : []),
  ];
}

function commandOf(process: AuditedProcess): string {
  return printable(process.commandLine.length > 0 ? shellJoin(process.commandLine) : process.command);
}

function clipped(text: string, width: number): string {
  return text.length > width ? `${text.slice(0, width - 1)}…` : text;
}
