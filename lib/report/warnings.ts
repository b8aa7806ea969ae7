import type { RunWarning } from '../core/launch/measured.js';
import type { BatchAdvice } from '../core/budget/advice.js';
import { cpuset, formatCpulist } from '../core/cpuset.js';
import type { KeptVariable } from '../core/budget/thread-variables.js';
import type { GpuVariable } from '../core/machine/visible-gpus.js';
import { printable } from './printable.js';

/** Every warning's text. Each is one line that names what, and what to do. */

export function keptVariable({ name, value, instead }: KeptVariable): string {
  return `${name}=${printable(value)} is yours and stays; the budget would set ${instead} (unset ${name} to have that)`;
}

export function pinningVariable({ name, value }: { name: string; value: string }): string {
  return printable(
    `${name}=${value} is yours and stays, but it makes a library pin the main thread, and all workers inherit that (unset ${name})`,
  );
}

export const REFUSED_MEMORY =
  "workers are pinned, but the kernel refused to have them prefer their NUMA node's memory " +
  '(set_mempolicy; in a container allow it, or give CAP_SYS_NICE)';

/** A tree whose processes come and go faster than they are pinned. */
export const UNSETTLED =
  'it went on starting processes or moving its threads while it was pinned, so some may be elsewhere; pin it again, or start it by governor run';
export function notClaimed(reason: string): string {
  return `${printable(reason)}; nobody is told which CPUs are ours, and others may take them (GOVERNOR_LEDGER names another directory)`;
}

export function unresolvedGpus({ name, value }: GpuVariable): string {
  return printable(
    `${name}=${value}: /sys does not tell which GPU has which UUID, so --near gpu goes by all of them in the order of their addresses (give indices)`,
  );
}

/** A weight that is not the usual one; it takes no CPU away by itself. */
export function weightLine(weight: string): string {
  return `CPU weight: ${weight}; it counts only while others want the CPUs too, and is not obeyed`;
}

export function adviceLine({ name, cpus }: BatchAdvice): string {
  return `advice: ${name} says ${cpus} CPU${cpus === 1 ? '' : 's'}, which nothing enforces here; it is not obeyed (--workers or GOVERNOR_CPUS would be)`;
}

export function runWarning(warning: RunWarning): string {
  if (warning.kind === 'pin-failed') return `a worker could not be pinned: ${warning.reason}`;
  if (warning.kind === 'not-claimed') return notClaimed(warning.reason);
  if (warning.kind === 'gpus-unresolved') return unresolvedGpus(warning);
  const { workers, places } = warning;
  const count = `${places.length} place${places.length === 1 ? '' : 's'}`;
  return `more workers than places: ${workers} workers share ${count} (CPUs ${formatCpulist(cpuset(places.flat()))}); start fewer, or give --reserve 0`;
}
