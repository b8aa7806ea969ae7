import type { AuditedProcess, FindingSeverity } from '../../audited.js';
import { BUSY_CPUS, wanted } from './input.js';

/** Distinct paths of loaded files that belong to these libraries and whose file name matches `file`. */
export function copiesOf(process: AuditedProcess, libraries: readonly string[], file: RegExp): string[] {
  const modules = process.modules.filter(
    ({ library, path }) =>
      library !== null && libraries.includes(library) && file.test(path.slice(path.lastIndexOf('/') + 1)),
  );
  return [...new Set(modules.map(module => module.path))].sort();
}

/** Copies cost time only if the threads of two of them work. */
export function severityOfCopies(processes: readonly AuditedProcess[], paths: readonly string[]): FindingSeverity {
  const works = ({ threads }: AuditedProcess, path: string) =>
    threads.some(thread => thread.owner.module === path && wanted(thread) >= BUSY_CPUS);
  return processes.some(process => paths.filter(path => works(process, path)).length > 1) ? 'costs' : 'remark';
}
