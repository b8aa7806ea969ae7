import { GovernorError } from '../../errors.js';
import { identity, processTree } from '../../core/processes/process-tree.js';
import type { ProcessRecord, ThreadRecord } from '../../core/records.js';
import type { Member } from '../../core/processes/workers.js';
import { isOsError, native, notSupported } from '../native.js';

/** A process of a tree, with what tells workers from helpers. */
export type TreeProcess = ProcessRecord & Member & { identity: string };

/**
 * Looks a process up for someone who named it.
 * @throws GovernorError NO_SUCH_PROCESS where it is not there, a zombie, or a kernel thread; BAD_INPUT for what is no pid;
 * NOT_SUPPORTED where the addon has no implementation for this system
 */
export function requireProcess(pid: number): ProcessRecord {
  if (!Number.isInteger(pid) || pid < 1 || pid > 2 ** 22) {
    throw new GovernorError('BAD_INPUT', `pid ${pid}: wanted the number of a process, such as ps shows`);
  }
  const found = lookUp(pid);
  const refuse = (why: string) => new GovernorError('NO_SUCH_PROCESS', `pid ${pid}${why}`, { pid });
  if (!found) throw refuse(': there is no such process; ps -e lists those that are there');
  if (found.state === 'Z' || found.state === 'X')
    throw refuse(` (${found.comm}) is a zombie: it has ended, and waits for its parent ${found.ppid} to notice`);
  if (found.kernel) throw refuse(` (${found.comm}) is a thread of the kernel: it has no program to look at`);
  return found;
}

function lookUp(pid: number): ProcessRecord | null {
  try {
    return native.process(pid);
  } catch (error) {
    throw isOsError(error) && error.code === 'ENOTSUP' ? notSupported(error) : error;
  }
}

/** The process tree below a pid, the root first. Empty where the root has ended. */
export function readTree(root: number): TreeProcess[] {
  return processTree(told(() => native.processes()) ?? [], root).map(withMember);
}

/** What tells workers from helpers, of a process that was listed. */
export function withMember(process: ProcessRecord): TreeProcess {
  return { ...process, identity: identity(process), ...detailsOf(process.pid) };
}

/** What a process is besides its numbers; it stays so until it calls exec. */
export function detailsOf(pid: number): Pick<Member, 'executable' | 'commandLine' | 'clusterWorker'> {
  const executable = told(() => native.executable(pid)) ?? '';
  return { executable, commandLine: readCommandLine(pid), clusterWorker: isClusterWorker(pid, executable) };
}

/** The program and its arguments; none where it has ended, or they may not be read. */
export function readCommandLine(pid: number): string[] {
  return told(() => native.commandLine(pid)) ?? [];
}

/** Threads of a process; none where it has ended. */
export function readThreads(pid: number): ThreadRecord[] {
  return told(() => native.threads(pid)) ?? [];
}

/** The variables that a process was started with; null where we may not read them. */
export function readEnvironment(pid: number): Record<string, string> | null {
  const lines = told(() => native.environment(pid));
  return (
    lines &&
    Object.fromEntries(
      lines
        .filter(line => line.includes('='))
        .map(line => {
          const at = line.indexOf('=', 1);
          return [line.slice(0, at), line.slice(at + 1)];
        }),
    )
  );
}

/** Node's cluster numbers its workers; a mere fork may be the program itself, started by a wrapper such as tsx. */
function isClusterWorker(pid: number, executable: string): boolean {
  if (!/\/node(js)?$/.test(executable)) return false;
  return told(() => native.environment(pid))?.some(line => line.startsWith('NODE_UNIQUE_ID=')) ?? false;
}

/** The answer, or null where the process has ended meanwhile or is not ours to read. */
function told<T>(ask: () => T): T | null {
  try {
    return ask();
  } catch (error) {
    if (isOsError(error)) return null;
    throw error;
  }
}
