import { badInput, GovernorError } from '../../errors.js';
import { adoptOrphans } from '../../core/processes/orphans.js';
import { hasEnded } from '../../core/processes/has-ended.js';
import { identity, processTree } from '../../core/processes/process-tree.js';
import type { ProcessRecord, ThreadRecord } from '../../core/processes/records.js';
import type { Member } from '../../core/processes/workers.js';
import { native } from '../native.js';
import { ifReadable, notSupported, onOsError } from '../os-errors.js';

/** A process of a tree, with what distinguishes workers from helpers. */
export type TreeProcess = ProcessRecord & Member & { identity: string };

/** The largest pid that Linux gives (PID_MAX_LIMIT). */
const LARGEST_PID = 2 ** 22;

/**
 * Looks up the process that a user named.
 * @throws GovernorError BAD_INPUT if it is no pid; NO_SUCH_PROCESS if there is no such process, or it is a zombie or a
 * kernel thread; NOT_SUPPORTED if the addon has no implementation for this platform
 */
export function requireProcess(pid: number): ProcessRecord {
  if (!Number.isInteger(pid) || pid < 1 || pid > LARGEST_PID)
    throw badInput('pid', pid, 'the number of a process, as ps shows it');
  const found = onOsError(
    () => native.process(pid),
    error => {
      throw error.code === 'ENOTSUP' ? notSupported(error) : error;
    },
  );
  const refuse = (why: string) => new GovernorError('NO_SUCH_PROCESS', `pid ${pid}${why}`, { pid });
  if (!found) throw refuse(': there is no such process; ps -e lists those that exist');
  if (hasEnded(found))
    throw refuse(` (${found.comm}) is a zombie: it has ended, but its parent ${found.ppid} has not reaped it`);
  if (found.kernel) throw refuse(` (${found.comm}) is a kernel thread: it runs no program`);
  return found;
}

/** All processes of the machine; orphans are children of the program that started them. */
export async function listProcesses(): Promise<ProcessRecord[]> {
  return adoptOrphans(await native.listProcesses());
}

/** The process tree below a pid, the root first; empty if the root has ended. */
export function readTree(root: number): TreeProcess[] {
  return processTree(adoptOrphans(ifReadable(() => native.processes(), [])), root).map(withMember);
}

/** Adds what distinguishes workers from helpers to a process that was listed. */
export function withMember(process: ProcessRecord): TreeProcess {
  return { ...process, identity: identity(process), ...detailsOf(process.pid) };
}

/** The program of a process, which only an exec changes. */
export function detailsOf(pid: number): Pick<Member, 'executable' | 'commandLine' | 'clusterWorker'> {
  const executable = ifReadable(() => native.executable(pid), '');
  return { executable, commandLine: readCommandLine(pid), clusterWorker: isClusterWorker(pid, executable) };
}

/** The program and its arguments; empty if the process has ended or may not be read. */
export function readCommandLine(pid: number): string[] {
  return ifReadable(() => native.commandLine(pid), []);
}

/** A process as it is listed; null if it has ended. */
export function readProcess(pid: number): ProcessRecord | null {
  return ifReadable(() => native.process(pid), null);
}

/** The threads of a process; empty if it has ended. */
export function readThreads(pid: number): ThreadRecord[] {
  return ifReadable(() => native.threads(pid), []);
}

/** The variables that a process was started with; null if we may not read them. */
export function readEnvironment(pid: number): Record<string, string> | null {
  const lines = ifReadable(() => native.environment(pid), null);
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

/** Node's cluster numbers its workers. A mere fork may be the program itself, started by a wrapper such as tsx. */
function isClusterWorker(pid: number, executable: string): boolean {
  if (!/\/node(js)?$/.test(executable)) return false;
  return ifReadable(() => native.environment(pid), []).some(line => line.startsWith('NODE_UNIQUE_ID='));
}
