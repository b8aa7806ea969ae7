import { readFileSync, statSync } from 'node:fs';

/** Whose a process is, and which session it belongs to; null = not told. */
export interface ProcessStatus {
  uid: number | null;
  session: number | null;
}

/** From /proc/PID/status: the effective user, and the session by its number in our PID namespace. */
export function readStatus(pid: number): ProcessStatus {
  const text = readOrNothing(`/proc/${pid}/status`);
  const uid = /^Uid:\t\d+\t(\d+)/m.exec(text)?.[1];
  const session = /^NSsid:\t(\d+)/m.exec(text)?.[1];
  return { uid: uid === undefined ? null : Number(uid), session: session === undefined ? null : Number(session) };
}

/** The effective user of a process, who owns its directory in /proc; null if the process has ended. */
export function readUid(pid: number): number | null {
  return statSync(`/proc/${pid}`, { throwIfNoEntry: false })?.uid ?? null;
}

/** The names of /etc/passwd; a directory service is not asked. */
export function readUserNames(): Map<number, string> {
  const lines = readOrNothing('/etc/passwd')
    .split('\n')
    .map(line => line.split(':'));
  return new Map(
    lines
      .filter(words => /^\d+$/.test(words[2] ?? ''))
      .reverse()
      .map(([name, , uid]) => [Number(uid), name!]),
  );
}

let names: Map<number, string> | undefined;

/** The name of a user; null where /etc/passwd does not have it. Read once. */
export function userName(uid: number): string | null {
  names ??= readUserNames();
  return names.get(uid) ?? null;
}

function readOrNothing(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
