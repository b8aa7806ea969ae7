import type { AuditedProcess } from '../audited.js';

/** Paths of the files of these libraries that a process has loaded, of those whose names are like that, each once. */
export function copiesOf(process: AuditedProcess, libraries: readonly string[], file: RegExp): string[] {
  const modules = process.modules.filter(
    ({ library, path }) =>
      library !== null && libraries.includes(library) && file.test(path.slice(path.lastIndexOf('/') + 1)),
  );
  return [...new Set(modules.map(module => module.path))].sort();
}
