import { formatCpulist, type Cpuset } from '../../cpuset.js';

const SHOWN = 4;

/** `a, b, c`; of a long list the first ones and how many more there are. */
export function listed(items: readonly (string | number)[]): string {
  const shown = items.length > SHOWN + 1 ? [...items.slice(0, SHOWN), `${items.length - SHOWN} more`] : items;
  return shown.join(', ');
}

/** `python3 (pid 12)`, `python3 (pids 12, 13)`; the command of the first one stands for all. */
export function named(processes: readonly { pid: number; command: string }[]): string {
  const pids = processes.map(process => process.pid);
  return `${processes[0]?.command ?? ''} (pid${pids.length === 1 ? '' : 's'} ${listed(pids)})`;
}

export function cpuWords(cpus: Cpuset): string {
  return `CPU${cpus.length === 1 ? '' : 's'} ${formatCpulist(cpus)}`;
}

export function counted(count: number, one: string, more = `${one}s`): string {
  return `${count} ${count === 1 ? one : more}`;
}

export function pidsOf(processes: readonly { pid: number }[]): number[] {
  return processes.map(process => process.pid);
}
