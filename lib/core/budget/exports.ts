import { badInput } from '../../errors.js';
import { computeBudget, type Budget } from './budget.js';
import type { Host } from '../machine/host.js';
import { parseSize } from '../machine/size.js';

/** The values that a program's own variable can be set to. */
export type ExportValue =
  /** workers that the CPUs allow */
  | 'workers'
  /** threads of each worker */
  | 'threads'
  /** workers that the CPUs and the memory allow */
  | 'memory-workers';

/** A variable of a program itself, such as the size of its pool. */
export interface VariableExport {
  /** the variable's name */
  name: string;
  /** which number of the budget it is set to */
  value: ExportValue;
  /** for `memory-workers`: bytes that one worker needs; default: the budget's */
  memoryPerWorker?: number | undefined;
}

/**
 * Reads `NAME=workers`, `NAME=threads`, `NAME=memory-workers` or `NAME=memory-workers:SIZE`.
 * @throws GovernorError BAD_INPUT
 */
export function parseExport(text: string): VariableExport {
  const match = /^([A-Za-z_]\w*)=(workers|threads|memory-workers)(?::(.+))?$/.exec(text);
  if (!match || (match[3] !== undefined && match[2] !== 'memory-workers')) {
    throw badInput('exports', text, 'NAME=workers, NAME=threads or NAME=memory-workers[:SIZE]');
  }
  return {
    name: match[1]!,
    value: match[2] as ExportValue,
    memoryPerWorker: match[3] === undefined ? undefined : parseSize(match[3], 'exports'),
  };
}

/**
 * The values of a program's own variables: `workers` = workers that the CPUs allow, `threads` = threads per worker,
 * `memory-workers` = workers that the CPUs and the memory allow.
 */
export function exportedVariables(
  exports: readonly VariableExport[],
  budget: Budget,
  host: Host,
): Record<string, string> {
  return Object.fromEntries(
    exports.map(({ name, value, memoryPerWorker }) => {
      if (value === 'workers') return [name, String(budget.cpuWorkers)];
      if (value === 'threads') return [name, String(budget.threadsPerWorker)];
      if (memoryPerWorker === undefined) return [name, String(budget.memoryWorkers)];
      return [name, String(computeBudget(host, { workers: budget.cpuWorkers, memoryPerWorker }).memoryWorkers)];
    }),
  );
}
