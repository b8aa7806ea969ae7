import { readFileSync } from 'node:fs';
import { ifReadable } from '../os-errors.js';

/** The user and the session of a process; null: unknown, because it has ended. */
export interface ProcessStatus {
  /** effective user */
  uid: number | null;
  /** pid of the session's leader in our PID namespace */
  session: number | null;
}

export function readStatus(pid: number): ProcessStatus {
  const text = readText(`/proc/${pid}/status`);
  const uid = /^Uid:\t\d+\t(\d+)/m.exec(text)?.[1];
  const session = /^NSsid:\t(\d+)/m.exec(text)?.[1];
  return { uid: uid === undefined ? null : Number(uid), session: session === undefined ? null : Number(session) };
}

/** The effective user of a process; null if it has ended. The owner of /proc/PID may be root instead. */
export function readUid(pid: number): number | null {
  return readStatus(pid).uid;
}

/** User names by uid, from /etc/passwd only: no directory service is queried. */
export function readUserNames(): Map<number, string> {
  const lines = readText('/etc/passwd')
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

/** The name of a user, or null if /etc/passwd lacks it. The file is read once. */
export function userName(uid: number): string | null {
  names ??= readUserNames();
  return names.get(uid) ?? null;
}

function readText(file: string): string {
  return ifReadable(() => readFileSync(file, 'utf8'), '');
}
