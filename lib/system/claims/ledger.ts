import {
  closeSync,
  constants,
  fchmodSync,
  fstatSync,
  lstatSync,
  mkdirSync,
  openSync,
  opendirSync,
  readSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { CLAIM, CLAIM_NAME, claimText, parseClaim, type ClaimRecord, type Entry } from '../../core/claims/claim.js';
import type { Cpuset } from '../../core/cpuset.js';
import { GovernorError } from '../../errors.js';
import { native } from '../native.js';
import { userName } from '../processes/users.js';

/**
 * The ledger is a directory in memory. A claim is a file in it that its holder has created and locked. The claim lasts
 * as long as the lock, and the lock as long as any process has the descriptor open that locked it. Only users who may
 * write a file can lock it. A lock on the directory itself makes sure that only one process chooses CPUs at a time.
 */
const DEFAULT_DIRECTORY = '/dev/shm/thread-governor';
/** Everyone may add files, and remove only their own. */
const MODE = 0o1777;

/** A process keeps the directory locked for milliseconds, on a very slow machine for seconds. */
const LOCK_TIMEOUT_MS = 60_000;
/** Between two attempts, at random, so that waiting processes do not keep step. */
const LOCK_RETRY_MS = { least: 2, most: 20 };
const MOST_FILES = 65_536;
/** A record of 8,192 CPUs has 40,000. */
const MOST_RECORD_BYTES = 65_536;

const { O_CREAT, O_DIRECTORY, O_EXCL, O_NOCTTY, O_NOFOLLOW, O_NONBLOCK, O_RDONLY, O_RDWR } = constants;

export function ledgerDirectory(): string {
  return resolve(process.env['GOVERNOR_LEDGER'] || DEFAULT_DIRECTORY);
}

/** A claim on CPUs until close(), or until no process has its descriptors open any more. */
export class Claim {
  private open = true;

  constructor(
    readonly name: string,
    private entry: Entry,
    private readonly file: number,
    private readonly path: string,
  ) {}

  get cpus(): Cpuset {
    return this.entry.cpus;
  }

  /** a process that has these open holds the claim too */
  get descriptors(): readonly number[] {
    return this.open ? [this.file] : [];
  }

  /** for programs that may use the claimed CPUs */
  get variables(): Record<string, string> {
    const outer = process.env[CLAIM];
    return { [CLAIM]: outer ? `${outer},${this.name}` : this.name };
  }

  /**
   * Replaces its CPUs by those that `choose` returns.
   * @param choose gets the claims of others; no other process chooses meanwhile
   * @throws GovernorError as makeClaim
   */
  change<Choice extends { cpus: Cpuset }>(choose: (claims: ClaimRecord[]) => Choice): Promise<Choice> {
    const directory = dirname(this.path);
    return whileLocked(directory, claims => {
      const choice = choose(claims.filter(({ name }) => name !== this.name));
      const entry = { ...this.entry, cpus: choice.cpus };
      if (this.open) withLedgerErrors(directory, () => write(this.file, entry));
      this.entry = entry;
      return choice;
    });
  }

  close(): void {
    if (!this.open) return;
    this.open = false;
    remove(this.path);
    closeSync(this.file);
  }
}

/** The claims that are held now. @throws GovernorError LEDGER_UNUSABLE */
export function readClaims(): ClaimRecord[] {
  const path = ledgerDirectory();
  return withLedgerErrors(path, () => {
    try {
      return liveClaims(path);
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return [];
      throw error;
    }
  });
}

/**
 * Claims the CPUs that `choose` returns.
 * @param command what they are for, as other users see it
 * @param choose gets the claims of others; no other process chooses meanwhile
 * @throws GovernorError LEDGER_UNUSABLE; LEDGER_LOCKED if another process keeps it locked; what `choose` throws
 */
export function makeClaim<Choice extends { cpus: Cpuset }>(
  command: string,
  choose: (claims: ClaimRecord[]) => Choice,
): Promise<{ claim: Claim; choice: Choice }> {
  const path = ledgerDirectory();
  return whileLocked(path, claims => {
    const choice = choose(claims);
    return { claim: withLedgerErrors(path, () => record(path, command, choice.cpus)), choice };
  });
}

/** @param act is called with all claims while no other process changes any */
async function whileLocked<T>(path: string, act: (claims: ClaimRecord[]) => T): Promise<T> {
  for (const began = performance.now(); ; ) {
    const directory = withLedgerErrors(path, () => openDirectory(path));
    try {
      const lock = () => isReady(directory) && native.lockDirectory(directory) && isStillThere(path, directory);
      if (withLedgerErrors(path, lock)) {
        return act(withLedgerErrors(path, () => liveClaims(path, remove)));
      }
    } finally {
      closeSync(directory);
    }
    if (performance.now() - began > LOCK_TIMEOUT_MS) throw locked(path);
    await delay(LOCK_RETRY_MS.least + Math.random() * (LOCK_RETRY_MS.most - LOCK_RETRY_MS.least));
  }
}

function openDirectory(path: string): number {
  let made = true;
  try {
    mkdirSync(path, MODE);
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error;
    made = false;
  }
  const directory = openSync(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
  const { uid, mode } = fstatSync(directory);
  const ours = made || path === DEFAULT_DIRECTORY;
  if (ours && uid === process.geteuid!() && (mode & 0o7777) !== MODE) fchmodSync(directory, MODE);
  return directory;
}

/** False for a moment after another user has created the directory: until its mode lets everyone in. */
function isReady(directory: number): boolean {
  const { uid, mode, ctimeMs } = fstatSync(directory);
  return uid === process.geteuid!() || (mode & 0o7777) === MODE || Date.now() - ctimeMs > 1000;
}

function isStillThere(path: string, directory: number): boolean {
  const [named, opened] = [lstatSync(path), fstatSync(directory)];
  return named.ino === opened.ino && named.dev === opened.dev;
}

/**
 * @param removeStale called for a file without a holder; only while we have the lock, or another process may just
 * create it
 */
function liveClaims(path: string, removeStale?: (file: string) => void): ClaimRecord[] {
  const found: ClaimRecord[] = [];
  const directory = opendirSync(path);
  try {
    for (let entries = 1, entry = directory.readSync(); entry; entry = directory.readSync(), entries++) {
      if (entries > MOST_FILES) throw unusable(path, `it holds more than ${MOST_FILES} files`);
      if (!CLAIM_NAME.test(entry.name)) continue;
      const claim = readClaim(path, entry.name);
      if (claim === 'stale') removeStale?.(join(path, entry.name));
      else if (claim) found.push(claim);
    }
  } finally {
    directory.closeSync();
  }
  return found.sort((a, b) => (a.cpus[0] ?? 0) - (b.cpus[0] ?? 0) || (a.name < b.name ? -1 : 1));
}

/** Null: not a claim, or not readable for us. Other users may put anything there: links, pipes, devices. */
function readClaim(path: string, name: string): ClaimRecord | 'stale' | null {
  let file: number;
  try {
    file = openSync(join(path, name), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
  } catch (error) {
    if (['ENOENT', 'EACCES', 'EPERM', 'ELOOP', 'ENXIO'].includes(codeOf(error) ?? '')) return null;
    throw error;
  }
  try {
    const { size, uid } = regular(file) ?? {};
    if (size === undefined || uid === undefined) return null;
    if (!native.isLocked(file)) return 'stale';
    if (size > MOST_RECORD_BYTES) return null;
    const bytes = Buffer.alloc(size);
    return parseClaim(bytes.toString('utf8', 0, readSync(file, bytes, 0, size, 0)), { name, uid, user: userName(uid) });
  } finally {
    closeSync(file);
  }
}

function regular(file: number): { size: number; uid: number } | null {
  const found = fstatSync(file);
  return found.isFile() ? found : null;
}

function record(path: string, command: string, cpus: Cpuset): Claim {
  const name = unforeseenName();
  const whole = join(path, name);
  const file = createRecord(whole);
  try {
    fchmodSync(file, 0o644);
    const entry = {
      cpus,
      pid: process.pid,
      startTime: native.process(process.pid)?.startTime ?? null,
      command,
      since: new Date().toISOString(),
    };
    write(file, entry);
    if (!native.lockFile(file)) throw unusable(path, `${name}, which we have just made, is locked by another`);
    return new Claim(name, entry, file, whole);
  } catch (error) {
    remove(whole);
    closeSync(file);
    throw error;
  }
}

/**
 * Writes a record with one call, blanks over the rest of a longer one, so that a reader always finds a whole record.
 */
function write(file: number, entry: Entry): void {
  const text = Buffer.from(claimText(entry));
  const bytes = Buffer.alloc(Math.max(text.length, fstatSync(file).size), ' ');
  text.copy(bytes);
  writeSync(file, bytes, 0, bytes.length, 0);
}

/**
 * A name that nobody can have created before. From the kernel: loading node:crypto takes longer than the whole claim.
 */
function unforeseenName(): string {
  const random = Buffer.alloc(8);
  const source = openSync('/dev/urandom', O_RDONLY);
  try {
    readSync(source, random);
  } finally {
    closeSync(source);
  }
  return random.toString('hex');
}

function createRecord(path: string): number {
  return openSync(path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW, 0o644);
}

/** Removes a file if we may; the directory is sticky. */
function remove(file: string): void {
  try {
    unlinkSync(file);
  } catch (error) {
    if (codeOf(error) === undefined) throw error;
  }
}

/** Errors of the operating system become LEDGER_UNUSABLE. */
function withLedgerErrors<T>(path: string, use: () => T): T {
  try {
    return use();
  } catch (error) {
    throw error instanceof GovernorError || codeOf(error) === undefined
      ? error
      : unusable(path, (error as Error).message, error);
  }
}

function unusable(path: string, why: string, cause?: unknown): GovernorError {
  return new GovernorError('LEDGER_UNUSABLE', `the ledger ${path} cannot be used: ${why}`, { cause });
}

/** Not LEDGER_UNUSABLE, after which runs go on without a claim: here others do claim CPUs, so theirs must be seen. */
function locked(path: string): GovernorError {
  const why = `the ledger ${path} has been locked by another process for ${LOCK_TIMEOUT_MS / 1000} seconds`;
  return new GovernorError('LEDGER_LOCKED', `${why}; fuser shows which one, and --share goes on without the ledger`);
}

function codeOf(error: unknown): string | undefined {
  return (error as NodeJS.ErrnoException).code;
}
