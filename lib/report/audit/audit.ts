import type { Audit } from '../../core/audit/audit.js';
import type { AuditedPool, AuditedProcess, AuditFinding } from '../../core/audit/audited.js';
import { formatCpulist, union } from '../../core/cpuset.js';
import { shellJoin } from '../../core/shell.js';
import { count, cpuWords } from '../../core/text.js';
import { mainThreadsOf } from '../../core/audit/pools.js';
import { tooMuch, type AuditVerdict } from '../../core/audit/verdict.js';
import type { Paint } from '../paint.js';
import { clipped, clippedFront, printable } from '../printable.js';
import { formatTable } from '../table.js';
import { fixLines } from './fix-lines.js';

/** Rows that a table shows; a last line counts the rest. */
const MOST_ROWS = 24;

/** The audit as text: the verdict, the owners of the threads, the processes, the findings, and the fix. */
export function formatAudit(audit: Audit, paint: Paint): string {
  return [
    verdictLine(audit, paint),
    ...figureLines(audit),
    ...workerLines(audit.processes),
    ...audit.pools
      .filter(pool => pool.processes > 1 && pool.computes && pool.threads > 0)
      .map(pool => productLine(pool, audit)),
    '',
    ...ownerTable(audit),
    '',
    ...processTable(audit.processes),
    ...deniedLines(audit.processes),
    '',
    variablesLine(audit),
    ...findingLines(audit.findings, paint),
    ...fixLines(audit, paint),
  ].join('\n');
}

function verdictLine(audit: Audit, paint: Paint): string {
  const wanted = audit.demand * audit.effectiveCpus;
  const name = `${printable(audit.command)} (pid ${audit.pid})`;
  const demand = `${count(audit.effectiveCpus, 'CPU')} = demand ${audit.demand.toFixed(2)}`;
  return `${paint(colourOf(audit.verdict), audit.verdict)}: ${name}: ${wanted.toFixed(1)} CPUs wanted ÷ ${demand}`;
}

function colourOf(verdict: AuditVerdict): 'red' | 'green' {
  return tooMuch(verdict) || verdict === 'starved by others' ? 'red' : 'green';
}

function figureLines({
  run,
  wait,
  sliceMs,
  throttled,
  threads,
  processes,
  cpus,
  effectiveCpus,
  ratio,
  hottest,
}: Audit): string[] {
  const quota = effectiveCpus < cpus.length ? `, quota ${Number(effectiveCpus.toFixed(2))}` : '';
  const totals = `${count(threads.all, 'thread')} in ${count(processes.length, 'process', 'processes')}`;
  const atATime =
    sliceMs === null ? '' : `, ${sliceMs < 10 ? sliceMs.toPrecision(2) : sliceMs.toFixed(0)} ms at a time`;
  return [
    `Ran on ${run.toFixed(1)} CPUs, waited for ${wait.toFixed(1)}${atATime}`,
    `${totals} ÷ ${count(cpus.length, 'CPU')} (${formatCpulist(cpus)}${quota}) = ratio ${ratio.toFixed(1)}` +
      (threads.overhead > 0 ? `; ${threads.overhead} of them only serve a runtime` : ''),
    ...(throttled && throttled.periods > 0
      ? [`The quota cut ${(throttled.periods * 100).toFixed(0)} % of its periods short`]
      : []),
    ...(hottest && hottest.demand > 1.5
      ? [`Hottest: ${hottest.wanted.toFixed(1)} CPUs wanted by threads confined to ${cpuWords(hottest.cpus)}`]
      : []),
  ];
}

/** `Workers of 100: 11 processes × 5 threads = 55 threads` */
function workerLines(processes: readonly AuditedProcess[]): string[] {
  const workers = processes.filter(process => process.role === 'worker');
  return [...new Set(workers.map(worker => worker.ppid))].map(parent => {
    const counts = workers.filter(worker => worker.ppid === parent).map(worker => worker.threads.length);
    const all = counts.reduce((a, b) => a + b, 0);
    const each = `${count(counts.length, 'process', 'processes')} × ${count(Math.max(...counts), 'thread')}`;
    return `Workers of ${parent}: ${each} = ${count(all, 'thread')}`;
  });
}

/** `11 workers × 5 OpenBLAS threads = 55, on 12 CPUs = 4.6 ×` */
function productLine(pool: AuditedPool, { effectiveCpus }: Audit): string {
  const who = pool.role === 'worker' ? 'workers' : 'processes';
  const each = count(pool.threadsPerProcess, `${printable(pool.library)} thread`);
  const perCpu = (pool.threads / effectiveCpus).toFixed(1);
  return `${pool.processes} ${who} × ${each} = ${pool.threads}, on ${count(effectiveCpus, 'CPU')} = ${perCpu} ×`;
}

/** The pools, and the main threads that want CPUs: the largest first. */
function ownerTable({ pools, processes }: Audit): string[] {
  const owners = [...mainThreadsOf(processes), ...pools].sort((a, b) => b.threads - a.threads || wantOf(b) - wantOf(a));
  const rows = owners.map(pool => [
    pool.library === 'main' ? 'main thread' : printable(pool.library),
    pool.role === 'worker' ? `workers of ${pool.parent}` : `pid ${pool.pids[0]}`,
    pool.processes,
    pool.started,
    pool.configured ?? '',
    wantOf(pool).toFixed(1),
    clippedFront(printable(pool.module ?? ''), 48),
  ]);
  if (rows.length === 0) return [`Every thread is a main thread (${processes.length}).`];
  return [
    formatTable(
      ['OWNER', 'IN', 'PROCESSES', 'THREADS EACH', 'CONFIGURED', 'WANTED', 'FILE'],
      rows.slice(0, MOST_ROWS),
      [2, 3, 4, 5],
    ),
    ...more(rows.length),
  ];
}

function wantOf({ run, wait }: AuditedPool): number {
  return run + wait;
}

function processTable(processes: readonly AuditedProcess[]): string[] {
  const worst = [...processes].sort((a, b) => b.run + b.wait - a.run - a.wait);
  const shown = new Set(processes.length > MOST_ROWS ? [processes[0]!, ...worst].slice(0, MOST_ROWS) : processes);
  const rows = processes
    .filter(process => shown.has(process))
    .map(process => [
      process.pid,
      process.ppid,
      process.role,
      process.threads.length,
      process.run.toFixed(1),
      process.wait.toFixed(1),
      clipped(formatCpulist(union(new Set(process.threads.map(thread => thread.affinity)))), 16),
      clipped(commandOf(process), 60),
    ]);
  return [
    formatTable(['PID', 'PPID', 'ROLE', 'THREADS', 'RAN', 'WAITED', 'CPUS', 'COMMAND'], rows, [0, 1, 3, 4, 5]),
    ...more(processes.length),
  ];
}

function more(rows: number): string[] {
  return rows > MOST_ROWS ? [`… and ${rows - MOST_ROWS} more; --json shows all`] : [];
}

function deniedLines(processes: readonly AuditedProcess[]): string[] {
  const denied = processes.filter(process => process.denied !== null);
  if (denied.length === 0) return [];
  const which = denied.length === processes.length ? 'it' : `${denied.length} of ${processes.length} processes`;
  return [
    `Not permitted to inspect ${which} (${denied[0]!.denied}): owners are known only by thread names. ` +
      'Run as the same user, or as root with SYS_PTRACE.',
  ];
}

function variablesLine(audit: Audit): string {
  if (!audit.environment) return 'Variables: not permitted to read them (run as the same user, or as root)';
  const set = Object.entries(audit.environment).map(([name, value]) => `${name}=${printable(value ?? '')}`);
  return `Variables: ${set.join(' ') || 'none that affect threads'}`;
}

function findingLines(findings: readonly AuditFinding[], paint: Paint): string[] {
  if (findings.length === 0) return [];
  return [
    '',
    paint('bold', 'Found'),
    ...findings.flatMap(finding => [
      `  ${finding.id}: ${printable(finding.text)}`,
      `    evidence: ${printable(finding.evidence)}`,
      `    fix: ${printable(finding.fix)}`,
    ]),
  ];
}

function commandOf(process: AuditedProcess): string {
  return printable(process.commandLine.length > 0 ? shellJoin(process.commandLine) : process.command);
}
