import type { AuditedProcess } from './audited.js';

/**
 * The process whose code set a variable for the processes that it starts; null if the user's shell did, because the
 * root has the same value, or if a process above may not be read.
 */
export function setByCode(
  name: string,
  process: AuditedProcess,
  processes: readonly AuditedProcess[],
): AuditedProcess | null {
  const value = process.environment?.[name];
  if (value === undefined) return null;
  const parent = processes.find(other => other.pid === process.ppid && other !== process);
  if (!parent?.environment) return null;
  return parent.environment[name] === value ? setByCode(name, parent, withoutLoops(processes, process)) : parent;
}

/** The line, and where it belongs if the user's shell has not set the variables that it changes. */
export function settingLine(
  line: string,
  names: readonly string[],
  process: AuditedProcess,
  processes: readonly AuditedProcess[],
): string {
  const setter = names.map(name => setByCode(name, process, processes)).find(one => one !== null);
  return setter
    ? `${line}  # in ${setter.command} (pid ${setter.pid}), which sets it for the processes it starts`
    : line;
}

function withoutLoops(processes: readonly AuditedProcess[], seen: AuditedProcess): readonly AuditedProcess[] {
  return processes.filter(process => process !== seen);
}
