import type { StartedCommand } from '../../../processes/start-facts.js';
import { lineIn, shellLine } from '../../../shell.js';
import { listed, plural } from '../../../text.js';

/** `pid 12`, `pids 12, 13`. */
export function pidWords(pids: readonly number[]): string {
  return `${plural(pids.length, 'pid')} ${listed(pids)}`;
}

/** `python3 (pid 12)`, `python3 (pids 12, 13)`: the first process's command stands for all. */
export function named(processes: readonly { pid: number; command: string }[]): string {
  return `${processes[0]?.command ?? ''} (${pidWords(pidsOf(processes))})`;
}

export function pidsOf(processes: readonly { pid: number }[]): number[] {
  return processes.map(process => process.pid);
}

/** A line that starts the program under `governor run`. @param variables to set, as `NAME=VALUE` */
export function runLine(start: StartedCommand | null, ...variables: string[]): string {
  if (!start) return ['start it with governor run', ...variables].join(' and ');
  return lineIn(start.directory, [...variables, shellLine(['governor', 'run', '--', ...start.words])].join(' '));
}
