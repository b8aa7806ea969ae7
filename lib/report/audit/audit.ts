import type { Audit } from '../../core/audit/audit.js';
import type { AuditedPool, AuditedProcess, AuditFinding } from '../../core/audit/audited.js';
import type { Environment } from '../../core/environment.js';
import { LAUNCHER_VARIABLES } from '../../core/processes/launcher-variables.js';
import { formatCpulist, union } from '../../core/cpuset.js';
import { shellJoin } from '../../core/shell.js';
import { count, cpuWords, listed, plural } from '../../core/text.js';
import { mainThreadsOf } from '../../core/audit/pools.js';
import { tooMuch, type AuditVerdict } from '../../core/audit/verdict.js';
import { GOVERNOR_SET } from '../../core/budget/marker.js';
import type { Paint } from '../paint.js';
import { clipped, clippedFront, printable } from '../printable.js';
import { formatTable } from '../table.js';
import { fixLines } from './fix-lines.js';

/** CPUs wanted below which a pool is not worth its own line. */
const ASLEEP_CPUS = 0.05;
/** Rows that a table shows; a last line counts the rest. */
const MOST_ROWS = 24;

/** The audit as text: the verdict, the owners of the threads, the processes, the findings, and the fix. */
export function formatAudit(audit: Audit, paint: Paint): string {
  return [
    verdictLine(audit, paint),
    ...governorLines(audit),
    ...figureLines(audit),
    ...workerLines(audit.processes),
    ...audit.pools
      .filter(pool => pool.processes > 1 && pool.computes && pool.threads > 0 && pool.run + pool.wait >= ASLEEP_CPUS)
      .map(pool => productLine(pool, audit)),
    '',
    ...ownerTable(audit),
    '',
    ...processTable(audit.processes),
    ...deniedLines(audit.processes),
    '',
    ...variableLines(audit),
    ...findingLines(audit.findings, paint),
    ...fixLines(audit, paint),
  ].join('\n');
}

function verdictLine(audit: Audit, paint: Paint): string {
  const wanted = audit.demand * audit.effectiveCpus;
  const hasRanks = audit.governor?.pid === audit.pid;
  const who = hasRanks ? `launched by pid ${audit.pid}` : `pid ${audit.pid}`;
  const name = `${printable(audit.command)} (${who})`;
  const demand = `${count(audit.effectiveCpus, 'CPU')} = demand ${audit.demand.toFixed(2)}`;
  return `${paint(colourOf(audit.verdict), audit.verdict)}: ${name}: ${wanted.toFixed(1)} CPUs wanted ÷ ${demand}`;
}

/** `Inside governor run (pid 90), whose own 3 processes and 14 threads are left out` */
function governorLines({ governor, pid, processes }: Audit): string[] {
  if (!governor) return [];
  const ranks = processes.filter(process => process.ppid === governor.pid).length;
  const which = governor.pid === pid ? `The ${count(ranks, 'rank')} of` : 'Inside';
  const own = `${count(governor.processes, 'process', 'processes')} and ${count(governor.threads, 'thread')}`;
  return [`${which} governor ${governor.command} (pid ${governor.pid}), whose own ${own} are left out`];
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
      (threads.overhead > 0
        ? `; ${threads.overhead} of them only ${plural(threads.overhead, 'serves', 'serve')} a runtime`
        : ''),
    ...(throttled && throttled.periods > 0
      ? [`The quota cut ${(throttled.periods * 100).toFixed(0)} % of its periods short`]
      : []),
    ...(hottest && hottest.demand > 1.5
      ? [`Hottest: ${hottest.wanted.toFixed(1)} CPUs wanted by threads confined to ${cpuWords(hottest.cpus)}`]
      : []),
  ];
}

/** `Workers of 100: 11 processes × 5 threads = 55 threads`; `× up to 5 threads` if some have fewer. */
function workerLines(processes: readonly AuditedProcess[]): string[] {
  const workers = processes.filter(process => process.role === 'worker');
  return [...new Set(workers.map(worker => worker.pool))].map(pool => {
    const counts = workers.filter(worker => worker.pool === pool).map(worker => worker.threads.length);
    const all = counts.reduce((a, b) => a + b, 0);
    const each = eachWords(counts.length, Math.max(...counts), all, 'thread');
    return `Workers of ${pool}: ${count(counts.length, 'process', 'processes')} × ${each} = ${count(all, 'thread')}`;
  });
}

/** `11 workers × 5 OpenBLAS threads = 55, on 12 CPUs = 4.6 ×` */
function productLine({ role, processes, threadsPerProcess, threads, library }: AuditedPool, audit: Audit): string {
  const who = role === 'worker' ? 'workers' : 'processes';
  const each = eachWords(processes, threadsPerProcess, threads, `${printable(library)} thread`);
  const perCpu = (threads / audit.effectiveCpus).toFixed(1);
  return `${processes} ${who} × ${each} = ${threads}, on ${count(audit.effectiveCpus, 'CPU')} = ${perCpu} ×`;
}

/** `5 threads`; `up to 5 threads` if not all have as many. */
function eachWords(processes: number, most: number, all: number, what: string): string {
  return `${processes * most === all ? '' : 'up to '}${count(most, what)}`;
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
  const which = (some: readonly AuditedProcess[]) =>
    some.length === processes.length ? 'it' : `${some.length} of ${processes.length} processes`;
  const isSilent = ({ denied }: AuditedProcess) => denied !== null && UNREAD.has(denied);
  const silent = processes.filter(isSilent);
  const refused = processes.filter(process => process.denied !== null && !isSilent(process));
  const cut = processes.filter(process => process.truncated !== null);
  const lines: string[] = [];
  if (refused.length > 0)
    lines.push(
      `Not permitted to inspect ${which(refused)} (${refused[0]!.denied}): owners are known only by thread names. ` +
        'Run as the same user, or as root with SYS_PTRACE.',
    );
  if (silent.length > 0)
    lines.push(
      `Could not read ${which(silent)} (${silent[0]!.denied}): its memory or its files do not answer, or take too ` +
        'much memory to read. Owners are known only by thread names.',
    );
  if (cut.length > 0)
    lines.push(`Read only a part of ${which(cut)}: the limit on ${cut[0]!.truncated} for an audit is used up.`);
  return lines;
}

/** Why a process was not read although that is permitted. */
const UNREAD: ReadonlySet<string> = new Set(['ETIMEDOUT', 'ENOMEM', 'EIO']);

/** The variables of the root, then those of workers that have others: a program may set them for its workers. */
function variableLines({ environment, processes }: Audit): string[] {
  const own = textOf(environment);
  const others = new Map<string, number[]>();
  for (const { role, environment: theirs, pid } of processes) {
    const text = textOf(theirs);
    if (role === 'worker' && theirs && text !== own) others.set(text, [...(others.get(text) ?? []), pid]);
  }
  return [
    `Variables: ${own}`,
    ...[...others].map(([text, pids]) => `Variables of ${plural(pids.length, 'worker')} ${listed(pids)}: ${text}`),
  ];
}

function textOf(environment: Environment | null): string {
  if (!environment) return 'not permitted to read them (run as the same user, or as root)';
  const set = Object.entries(environment).filter(([name]) => name !== GOVERNOR_SET && !LAUNCHER_VARIABLES.has(name));
  return set.map(([name, value]) => `${name}=${printable(value ?? '')}`).join(' ') || 'none that affect threads';
}

function findingLines(findings: readonly AuditFinding[], paint: Paint): string[] {
  const remarks = findings.filter(finding => finding.severity === 'remark');
  return [
    ...sectionLines(
      paint('bold', 'Found'),
      findings.filter(finding => finding.severity !== 'remark'),
    ),
    ...sectionLines(`${paint('bold', 'Remarks')}: these cost nothing now, because the threads sleep`, remarks),
  ];
}

function sectionLines(title: string, findings: readonly AuditFinding[]): string[] {
  if (findings.length === 0) return [];
  return [
    '',
    title,
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
