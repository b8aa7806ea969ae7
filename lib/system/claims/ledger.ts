import { closeSync, fchmodSync, fstatSync, lstatSync, mkdirSync } from 'node:fs';
import { resolve } from 'node:path';
import { CLAIM, type ClaimRecord, type Entry, type WaitRecord } from '../../core/claims/claim.js';
import { holderText } from '../../core/claims/lock-holder.js';
import type { Cpuset } from '../../core/cpuset.js';
import { count } from '../../core/text.js';
import { GovernorError } from '../../errors.js';
import { native } from '../native.js';
import { userName } from '../processes/users.js';
import { lockHolder, LockWait, type LockWaitOptions } from './lock-wait.js';
import {
  codeOf,
  createRecord,
  liveClaims,
  remove,
  unforeseenName,
  unusable,
  withDirectory,
  withLedgerErrors,
  write,
  type LedgerDirectory,
} from './record-files.js';

/**
 * The ledger is a directory in memory. A claim is a file in it that its holder has created and locked. The claim lasts
 * as long as the lock, and the lock as long as any process has the descriptor open that locked it. Only users who may
 * write a file can lock it. A lock on the directory itself makes sure that only one process chooses CPUs at a time.
 */
const DEFAULT_DIRECTORY = '/dev/shm/thread-governor';
/** Everyone may add files, and remove only their own. */
const MODE = 0o1777;

/** @throws GovernorError LEDGER_UNUSABLE if it is relative to a directory that is gone */
export function ledgerDirectory(): string {
  const path = process.env['GOVERNOR_LEDGER'] || DEFAULT_DIRECTORY;
  return withLedgerErrors(path, () => resolve(path));
}

/** The CPUs of a claim; none as long as it waits for them. */
export interface ClaimedCpus {
  cpus: Cpuset;
  /** what it waits for; default: nothing */
  waiting?: WaitRecord | null;
}

/** A claim on CPUs until close(), or until no process has its descriptors open any more. */
export class Claim {
  private open = true;

  constructor(
    readonly name: string,
    private entry: Entry,
    private readonly file: number,
    /** the ledger */
    private readonly path: string,
    /** which directory that was */
    private readonly inode: number,
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

  /** its place among those that wait; null: it has its CPUs */
  get ticket(): number | null {
    return this.entry.waiting?.ticket ?? null;
  }

  /**
   * Replaces its CPUs by those that `choose` returns. A claim that gets its CPUs waits no longer.
   * @param choose gets the claims of others; no other process chooses meanwhile
   * @throws GovernorError as makeClaim
   */
  change<Choice extends ClaimedCpus>(
    choose: (claims: ClaimRecord[]) => Choice,
    waiting: LockWaitOptions = {},
  ): Promise<Choice> {
    return whileLocked(this.path, waiting, claims => {
      const choice = choose(claims.filter(({ name }) => name !== this.name));
      const waiting = choice.waiting ?? null;
      const since = this.entry.waiting && !waiting ? new Date().toISOString() : this.entry.since;
      const entry = { ...this.entry, cpus: choice.cpus, waiting, since };
      if (this.open) withLedgerErrors(this.path, () => write(this.file, entry));
      this.entry = entry;
      return choice;
    });
  }

  close(): void {
    if (!this.open) return;
    this.open = false;
    try {
      withDirectory(this.path, directory => {
        if (fstatSync(directory.descriptor).ino === this.inode) remove(directory, this.name);
      });
    } catch (error) {
      if (codeOf(error) === undefined) throw error; // the directory has gone
    }
    closeSync(this.file);
  }
}

/** The claims that are held now. @throws GovernorError LEDGER_UNUSABLE */
export function readClaims(): ClaimRecord[] {
  const path = ledgerDirectory();
  return withLedgerErrors(path, () => {
    try {
      return withDirectory(path, directory => liveClaims(directory));
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
 * @throws the signal's reason if it is aborted meanwhile
 */
export function makeClaim<Choice extends ClaimedCpus>(
  command: string,
  choose: (claims: ClaimRecord[]) => Choice,
  waiting: LockWaitOptions = {},
): Promise<{ claim: Claim; choice: Choice }> {
  const path = ledgerDirectory();
  return whileLocked(path, waiting, (claims, directory) => {
    const choice = choose(claims);
    return { claim: withLedgerErrors(path, () => record(directory, command, choice)), choice };
  });
}

/** @param act is called with all claims while no other process changes any */
async function whileLocked<T>(
  path: string,
  waiting: LockWaitOptions,
  act: (claims: ClaimRecord[], directory: LedgerDirectory) => T,
): Promise<T> {
  const wait = new LockWait(path, waiting);
  do {
    withLedgerErrors(path, () => makeLedger(path));
    const found = withLedgerErrors(path, () => withDirectory(path, directory => ifLocked(directory, act)));
    if (found) return found.result;
  } while (await wait.again());
  throw locked(path, wait.seconds);
}

/** Null: another process has the directory locked, or it is not ready. */
function ifLocked<T>(
  directory: LedgerDirectory,
  act: (claims: ClaimRecord[], directory: LedgerDirectory) => T,
): { result: T } | null {
  const { path, descriptor } = directory;
  checkOwner(directory);
  if (!isReady(descriptor) || !native.lockDirectory(descriptor) || !isStillThere(path, descriptor)) return null;
  return { result: act(liveClaims(directory, remove), directory) };
}

/** Makes the ledger's directory, unless it is there. */
export function makeLedger(path: string): void {
  try {
    mkdirSync(path, MODE);
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error;
    if (path !== DEFAULT_DIRECTORY) return;
  }
  withDirectory(path, ({ descriptor }) => {
    const { uid, mode } = fstatSync(descriptor);
    if (uid === process.geteuid!() && (mode & 0o7777) !== MODE) fchmodSync(descriptor, MODE);
  });
}

/** Whoever owns the directory may replace what is in it; root trusts nobody with that. */
function checkOwner({ path, descriptor }: LedgerDirectory): void {
  const { uid } = fstatSync(descriptor);
  if (path !== DEFAULT_DIRECTORY || process.geteuid!() !== 0 || uid === 0) return;
  throw unusable(path, `it belongs to ${userName(uid)}, and root uses only its own; remove it when nobody uses it`);
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

function record(directory: LedgerDirectory, command: string, { cpus, waiting = null }: ClaimedCpus): Claim {
  const { path, descriptor } = directory;
  const name = unforeseenName();
  const file = createRecord(directory, name);
  try {
    fchmodSync(file, 0o644);
    const entry = {
      cpus,
      waiting,
      pid: process.pid,
      startTime: native.process(process.pid)?.startTime ?? null,
      command,
      since: new Date().toISOString(),
    };
    write(file, entry);
    if (!native.lockFile(file)) throw unusable(path, `${name}, which we have just made, is locked by another`);
    return new Claim(name, entry, file, path, fstatSync(descriptor).ino);
  } catch (error) {
    remove(directory, name);
    closeSync(file);
    throw error;
  }
}

/** Not LEDGER_UNUSABLE, after which runs go on without a claim: here others do claim CPUs, so theirs must be seen. */
function locked(path: string, seconds: number): GovernorError {
  const why = `the ledger ${path} has been locked by ${holderText(lockHolder(path))} for ${count(seconds, 'second')}`;
  return new GovernorError('LEDGER_LOCKED', `${why}; end or continue it, or go on without the ledger by --share`);
}
