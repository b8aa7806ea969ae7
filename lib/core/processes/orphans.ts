import type { ProcessRecord } from './records.js';

type Listed = Pick<ProcessRecord, 'pid' | 'ppid' | 'group' | 'session' | 'comm' | 'startTime'>;

/**
 * The same processes, with orphans as children of the program that started them. R starts the workers of a cluster by
 * `sh -c '… &'`: the shell ends, and process 1 or another reaper, which knows nothing of them, becomes their parent.
 * They stay in the process group of their program. Their new parent is the last process there that is older and has
 * their name; if there is none, the leader of the group.
 */
export function adoptOrphans<P extends Listed>(processes: readonly P[]): P[] {
  const byPid = new Map(processes.map(process => [process.pid, process]));
  const orphans = new Set(processes.filter(process => isOrphan(process, byPid.get(process.ppid))));
  const jobs = new Set([...orphans].map(({ group }) => group));
  const candidates = processes.filter(process => jobs.has(process.group) && !orphans.has(process));
  return processes.map(process => {
    if (!orphans.has(process)) return process;
    const before = candidates.filter(
      ({ group, session, startTime }) =>
        group === process.group && session === process.session && startTime <= process.startTime,
    );
    const namesakes = before.filter(({ comm }) => comm === process.comm);
    const [parent] = [...namesakes].sort((a, b) => b.startTime - a.startTime);
    const ppid = (parent ?? before.find(({ pid }) => pid === process.group))?.pid;
    return ppid === undefined ? process : { ...process, ppid };
  });
}

/** Whether a reaper is the parent of a process that belongs to somebody's job: one of another session, or process 1. */
function isOrphan({ pid, ppid, group, session }: Listed, parent: Listed | undefined): boolean {
  return pid !== group && pid !== session && (ppid === 1 || (parent !== undefined && parent.session !== session));
}
