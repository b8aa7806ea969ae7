/**
 * The files of the ledger's directory: one for each claim. They are reached through the descriptor of the directory,
 * because somebody who owns it may put a link in its place at any moment.
 */
import { closeSync, constants, fstatSync, openSync, readSync, unlinkSync, writeSync } from 'node:fs';
import { claimText, parseClaim, type ClaimRecord, type Entry } from '../../core/claims/claim.js';
import { GovernorError } from '../../errors.js';
import { native } from '../native.js';
import { userName } from '../processes/users.js';

const MOST_FILES = 65_536;
/** In a list, claims without CPUs come behind those with any. */
const LAST_CPU = 2 ** 20;
/** A record of 8,192 CPUs has 40,000. */
const MOST_RECORD_BYTES = 65_536;
/** 16,000 records of usual length: a user who has more loses claims, and holds up nobody. */
const MOST_BYTES_OF_OWNER = 4 * 2 ** 20;

const { O_CREAT, O_DIRECTORY, O_EXCL, O_NOFOLLOW, O_RDONLY, O_RDWR } = constants;

/** The ledger's directory while it is open. */
export interface LedgerDirectory {
  /** for messages; it may lead elsewhere by now */
  path: string;
  descriptor: number;
}

/** Opens the directory, not what a link leads to, and closes it after `use`. */
export function withDirectory<T>(path: string, use: (directory: LedgerDirectory) => T): T {
  const descriptor = openSync(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
  try {
    return use({ path, descriptor });
  } finally {
    closeSync(descriptor);
  }
}

/** The name of a file in a directory that is open: proc_pid_fd(5). */
export function fileIn({ descriptor }: LedgerDirectory, name: string): string {
  return `/proc/self/fd/${descriptor}/${name}`;
}

/**
 * @param removeStale called for a file without a holder; only while we have the lock, or another process may just
 * create it
 */
export function liveClaims(
  directory: LedgerDirectory,
  removeStale?: (directory: LedgerDirectory, name: string) => void,
): ClaimRecord[] {
  const found: ClaimRecord[] = [];
  for (const { name, uid, locked, text } of filesIn(directory)) {
    const claim = locked ? parseClaim(text, { name, uid, user: userName(uid) }) : null;
    if (claim) found.push(claim);
    else if (!locked) removeStale?.(directory, name);
  }
  const place = ({ cpus, waiting }: ClaimRecord) => cpus[0] ?? LAST_CPU + (waiting?.ticket ?? 0);
  return found.sort((a, b) => place(a) - place(b) || (a.name < b.name ? -1 : 1));
}

function filesIn({ path, descriptor }: LedgerDirectory) {
  try {
    return native.readLockedFiles(descriptor, MOST_FILES, MOST_RECORD_BYTES, MOST_BYTES_OF_OWNER);
  } catch (error) {
    throw codeOf(error) === 'EFBIG' ? unusable(path, `it holds more than ${MOST_FILES} files`) : error;
  }
}

/**
 * Writes a record with one call, blanks over the rest of a longer one, so that a reader always finds a whole record.
 */
export function write(file: number, entry: Entry): void {
  const text = Buffer.from(claimText(entry));
  const bytes = Buffer.alloc(Math.max(text.length, fstatSync(file).size), ' ');
  text.copy(bytes);
  if (writeSync(file, bytes, 0, bytes.length, 0) < bytes.length)
    throw Object.assign(new Error('ENOSPC: there is no room for a whole record'), { code: 'ENOSPC' });
}

/**
 * A name that nobody can have created before. From the kernel: loading node:crypto takes longer than the whole claim.
 */
export function unforeseenName(): string {
  const random = Buffer.alloc(8);
  const source = openSync('/dev/urandom', O_RDONLY);
  try {
    readSync(source, random);
  } finally {
    closeSync(source);
  }
  return random.toString('hex');
}

export function createRecord(directory: LedgerDirectory, name: string): number {
  return openSync(fileIn(directory, name), O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW, 0o644);
}

/** Removes a file if we may; the directory is sticky. */
export function remove(directory: LedgerDirectory, name: string): void {
  try {
    unlinkSync(fileIn(directory, name));
  } catch (error) {
    if (codeOf(error) === undefined) throw error;
  }
}

/** Errors of the operating system become LEDGER_UNUSABLE. */
export function withLedgerErrors<T>(path: string, use: () => T): T {
  try {
    return use();
  } catch (error) {
    throw error instanceof GovernorError || codeOf(error) === undefined
      ? error
      : unusable(path, (error as Error).message, error);
  }
}

export function unusable(path: string, why: string, cause?: unknown): GovernorError {
  return new GovernorError('LEDGER_UNUSABLE', `the ledger ${path} cannot be used: ${why}`, { cause });
}

export function codeOf(error: unknown): string | undefined {
  return (error as NodeJS.ErrnoException).code;
}
