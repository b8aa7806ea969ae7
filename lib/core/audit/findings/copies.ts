import type { AuditedProcess } from '../audited.js';

/** Distinct paths of loaded files that belong to these libraries and whose file name matches `file`. */
export function copiesOf(process: AuditedProcess, libraries: readonly string[], file: RegExp): string[] {
  const modules = process.modules.filter(
    ({ library, path }) =>
      library !== null && libraries.includes(library) && file.test(path.slice(path.lastIndexOf('/') + 1)),
  );
  return [...new Set(modules.map(module => module.path))].sort();
}
