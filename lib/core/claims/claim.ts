import type { Cpuset } from '../cpuset.js';

/** A claim on CPUs of this machine, as the ledger holds it. A field that its record lacks is null. */
export interface ClaimRecord {
  /** name of its record, 16 hexadecimal digits; GOVERNOR_CLAIM holds it in programs that run inside the claim */
  name: string;
  /** the CPUs that no other run, launch or pool gets */
  cpus: Cpuset;
  /** owner of the record's file, by the kernel; `cpus` and the fields below `user` are what the holder has written */
  uid: number;
  /** name of that user in /etc/passwd; null if it has none */
  user: string | null;
  /** process that holds the claim */
  pid: number | null;
  /** start of that process, in clock ticks since boot; (pid, startTime) identifies a process */
  startTime: number | null;
  /** what the CPUs are for */
  command: string | null;
  /** when it was made, in ISO 8601 */
  since: string | null;
}

/** What a holder writes into the record of its claim. */
export type Entry = Omit<ClaimRecord, 'name' | 'uid' | 'user'>;

/** The variable that names the claims in which a program runs, outermost first, separated by commas. */
export const CLAIM = 'GOVERNOR_CLAIM';

/** The name of a claim's record. */
export const CLAIM_NAME = /^[0-9a-f]{16}$/;

const LARGEST_CPU = 2 ** 20;
const LONGEST_COMMAND = 1000;

/** The bytes of a record. */
export function claimText({ cpus, pid, startTime, command, since }: Entry): string {
  const short = command?.slice(0, LONGEST_COMMAND) ?? null;
  return `${JSON.stringify({ version: 1, pid, startTime, command: short, since, cpus })}\n`;
}

/** Reads a record, which may hold any bytes; null if it names no CPUs. */
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
