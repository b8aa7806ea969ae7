import type { Cpuset } from '../cpuset.js';

/** What a claim waits for until its CPUs are free. */
export interface WaitRecord {
  /** order of arrival: of two that may use the same CPUs, the one with the lower ticket gets them first */
  ticket: number;
  /** how many CPUs it wants, or which */
  wanted: number | Cpuset;
  /** the CPUs that it may use: nobody who came later gets one of these before it */
  among: Cpuset;
}

/** A claim on CPUs of this machine, as the ledger holds it. A field that its record lacks is null. */
export interface ClaimRecord {
  /** name of its record, 16 hexadecimal digits; GOVERNOR_CLAIM holds it in programs that run inside the claim */
  name: string;
  /** the CPUs that no other run, launch or pool gets; none while it waits for them */
  cpus: Cpuset;
  /** what it waits for; null: it has its CPUs */
  waiting: WaitRecord | null;
  /**
   * owner of the record's file, by the kernel; `cpus`, `waiting` and the fields below `user` are what the holder has
   * written
   */
  uid: number;
  /** name of that user in /etc/passwd; null if it has none */
  user: string | null;
  /** process that holds the claim */
  pid: number | null;
  /** start of that process, in clock ticks since boot; (pid, startTime) identifies a process */
  startTime: number | null;
  /** what the CPUs are for */
  command: string | null;
  /** when it got its CPUs, or began to wait for them, in ISO 8601 */
  since: string | null;
}

/** What a holder writes into the record of its claim. */
export type Entry = Omit<ClaimRecord, 'name' | 'uid' | 'user'>;

/** The variable that names the claims in which a program runs, outermost first, separated by commas. */
export const CLAIM = 'GOVERNOR_CLAIM';

/** The name of a claim's record. */
export const CLAIM_NAME = /^[0-9a-f]{16}$/;

/** The last ticket: those that come after it share it. */
export const LARGEST_TICKET = 2 ** 40;

const LARGEST_CPU = 2 ** 20;
const LONGEST_COMMAND = 1000;

/** The bytes of a record. */
export function claimText({ cpus, waiting, pid, startTime, command, since }: Entry): string {
  const short = command?.slice(0, LONGEST_COMMAND) ?? null;
  const record = { version: 1, pid, startTime, command: short, since, cpus, ...(waiting && { waiting }) };
  return `${JSON.stringify(record)}\n`;
}

/** Reads a record, which may hold any bytes; null if it names no CPUs. */
export function parseClaim(text: string, file: Pick<ClaimRecord, 'name' | 'uid' | 'user'>): ClaimRecord | null {
  const { cpus: listed, waiting, pid, startTime, command, since } = jsonObject(text);
  const cpus = cpusOf(listed);
  if (cpus === null) return null;
  return {
    ...file,
    cpus,
    waiting: waitOf(waiting),
    pid: isWhole(pid) ? pid : null,
    startTime: isWhole(startTime) ? startTime : null,
    command: typeof command === 'string' ? command.slice(0, LONGEST_COMMAND) : null,
    since: typeof since === 'string' && !Number.isNaN(Date.parse(since)) ? new Date(since).toISOString() : null,
  };
}

function waitOf(value: unknown): WaitRecord | null {
  const { ticket, wanted, among } = fieldsOf(value);
  const wants = isWhole(wanted) ? wanted : cpusOf(wanted);
  const cpus = cpusOf(among);
  if (!isWhole(ticket) || ticket > LARGEST_TICKET || wants === null || cpus === null) return null;
  return { ticket, wanted: wants, among: cpus };
}

function cpusOf(value: unknown): Cpuset | null {
  if (!Array.isArray(value) || !value.every(cpu => isWhole(cpu) && cpu <= LARGEST_CPU)) return null;
  return [...new Set(value as number[])].sort((a, b) => a - b);
}

function jsonObject(text: string): Record<string, unknown> {
  try {
    return fieldsOf(JSON.parse(text));
  } catch {
    return {};
  }
}

function fieldsOf(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}

function isWhole(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}
