import { readFileSync } from 'node:fs';

let names: Map<number, string> | undefined;

/** The name of a user as /etc/passwd has it; null where it does not. */
export function userName(uid: number): string | null {
  names ??= readNames();
  return names.get(uid) ?? null;
}

function readNames(): Map<number, string> {
  try {
    const rows = readFileSync('/etc/passwd', 'utf8').split('\n').map(line => line.split(':'));
    return new Map(rows.filter(row => row.length > 2).reverse().map(row => [Number(row[2]), row[0]!]));
  } catch {
    return new Map();
  }
}
