import type { Cpuset } from '../cpuset.js';

/** Somebody's hold on CPUs of this machine: an entry of the ledger. What its record does not tell is null. */
export interface ClaimRecord {
  /** of its record, by which GOVERNOR_CLAIM names it */
  name: string;
  cpus: Cpuset;
  /** who has made the record, by the file system's word; the rest is the holder's own */
  uid: number;
  user: string | null;
  pid: number | null;
  /** clock ticks since boot; (pid, startTime) is the identity of a process */
  startTime: number | null;
  command: string | null;
  /** ISO 8601 */
  since: string | null;
}

/** What its holder writes into a record. */
export type Entry = Omit<ClaimRecord, 'name' | 'uid' | 'user'>;

/** The variable that names the claims that a program is inside of, outermost first. */
export const CLAIM = 'GOVERNOR_CLAIM';

/** What a claim's record is called. */
export const CLAIM_NAME = /^[0-9a-f]{16}$/;

const LARGEST_CPU = 2 ** 20;
const LONGEST_COMMAND = 1000;

/** The bytes of a record. */
export function claimText({ cpus, pid, startTime, command, since }: Entry): string {
  return `${JSON.stringify({ version: 1, pid, startTime, command: command?.slice(0, LONGEST_COMMAND) ?? null, since, cpus })}\n`;
}

/** Reads a record, which may be anything at all; null where it names no CPUs. */
export function parseClaim(text: string, file: Pick<ClaimRecord, 'name' | 'uid' | 'user'>): ClaimRecord | null {
  const { cpus, pid, startTime, command, since } = jsonObject(text);
  if (!Array.isArray(cpus) || !cpus.every(cpu => isWhole(cpu) && cpu <= LARGEST_CPU)) return null;
  return {
    ...file,
    cpus: [...new Set(cpus as number[])].sort((a, b) => a - b),
    pid: isWhole(pid) ? pid : null,
    startTime: isWhole(startTime) ? startTime : null,
    command: typeof command === 'string' ? command.slice(0, LONGEST_COMMAND) : null,
    since: typeof since === 'string' && !Number.isNaN(Date.parse(since)) ? new Date(since).toISOString() : null,
  };
}

function jsonObject(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? { ...value } : {};
  } catch {
    return {};
  }
}

function isWhole(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}
