import { closeSync, constants, fchmodSync, fstatSync, lstatSync, mkdirSync, openSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { CLAIM, type ClaimRecord, type Entry, type WaitRecord } from '../../core/claims/claim.js';
import type { Cpuset } from '../../core/cpuset.js';
import { GovernorError } from '../../errors.js';
import { native } from '../native.js';
import {
  codeOf,
  createRecord,
  liveClaims,
  remove,
  unforeseenName,
  unusable,
  withLedgerErrors,
  write,
} from './record-files.js';

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

const { O_DIRECTORY, O_NOFOLLOW, O_RDONLY } = constants;

export function ledgerDirectory(): string {
  return resolve(process.env['GOVERNOR_LEDGER'] || DEFAULT_DIRECTORY);
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

  /** its place among those that wait; null: it has its CPUs */
  get ticket(): number | null {
    return this.entry.waiting?.ticket ?? null;
  }

  /**
   * Replaces its CPUs by those that `choose` returns. A claim that gets its CPUs waits no longer.
   * @param choose gets the claims of others; no other process chooses meanwhile
   * @throws GovernorError as makeClaim
   */
  change<Choice extends ClaimedCpus>(choose: (claims: ClaimRecord[]) => Choice): Promise<Choice> {
    const directory = dirname(this.path);
    return whileLocked(directory, claims => {
      const choice = choose(claims.filter(({ name }) => name !== this.name));
      const waiting = choice.waiting ?? null;
      const since = this.entry.waiting && !waiting ? new Date().toISOString() : this.entry.since;
      const entry = { ...this.entry, cpus: choice.cpus, waiting, since };
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
export function makeClaim<Choice extends ClaimedCpus>(
  command: string,
  choose: (claims: ClaimRecord[]) => Choice,
): Promise<{ claim: Claim; choice: Choice }> {
  const path = ledgerDirectory();
  return whileLocked(path, claims => {
    const choice = choose(claims);
    return { claim: withLedgerErrors(path, () => record(path, command, choice)), choice };
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

function record(path: string, command: string, { cpus, waiting = null }: ClaimedCpus): Claim {
  const name = unforeseenName();
  const whole = join(path, name);
  const file = createRecord(whole);
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
    return new Claim(name, entry, file, whole);
  } catch (error) {
    remove(whole);
    closeSync(file);
    throw error;
  }
}

/** Not LEDGER_UNUSABLE, after which runs go on without a claim: here others do claim CPUs, so theirs must be seen. */
function locked(path: string): GovernorError {
  const why = `the ledger ${path} has been locked by another process for ${LOCK_TIMEOUT_MS / 1000} seconds`;
  return new GovernorError('LEDGER_LOCKED', `${why}; fuser shows which one, and --share goes on without the ledger`);
}
