import { formatCpulist, union } from '../../core/cpuset.js';
import type { PinResult, PinResultProcess } from '../../core/processes/pin.js';
import { shellJoin } from '../../core/shell.js';
import { count, cpuWords } from '../../core/text.js';
import { clipped, printable } from '../printable.js';
import { formatTable } from '../table.js';

/** One line that says what was pinned; for a dry run first a table of who would get which CPUs. */
export function formatPin(result: PinResult): string {
  return result.dryRun ? `${table(result.processes)}\ndry run, nothing was changed: ${line(result)}` : line(result);
}

function table(processes: readonly PinResultProcess[]): string {
  const rows = processes.map(({ pid, role, threads, cpus, command, commandLine }) => [
    pid,
    role,
    threads,
    formatCpulist(cpus),
    clipped(printable(commandLine.length > 0 ? shellJoin(commandLine) : command), 60),
  ]);
  return formatTable(['PID', 'ROLE', 'THREADS', 'CPUS', 'COMMAND'], rows, [0, 2]);
}

function line({ pid, command, workers, places, threads, processes }: PinResult): string {
  const name = `${printable(command)} (pid ${pid})`;
  if (workers === 0)
    return `${name}: ${count(threads, 'thread')} of ${count(processes.length, 'process', 'processes')} restored`;
  const floating = processes.filter(({ role }) => role === 'floating');
  const others = count(floating.length, 'other process', 'other processes');
  return [
    `${name}: ${count(workers, 'worker')} on ${count(places.length, 'place')} (${cpuWords(union(places))})`,
    ...(floating.length > 0 ? [`${others} on ${cpuWords(union(floating.map(({ cpus }) => cpus)))}`] : []),
    `${count(threads, 'thread')} pinned`,
  ].join('; ');
}
