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
 * The ledger is a directory in memory. A claim is a file in it, made and locked by its holder: as long as the lock is
 * there the claim is, and the lock is there as long as a process has that very opening of the file. Nobody can lock a
 * file that is not his to write. Who chooses CPUs has the directory itself locked meanwhile: that is its door.
 */
const DEFAULT_DIRECTORY = '/dev/shm/thread-governor';
/** All may add files, and take away only their own. */
const MODE = 0o1777;

/** How long to wait at the door: who is inside leaves within milliseconds, or seconds where the machine is very slow. */
const PATIENCE = { milliseconds: 60_000, least: 2, most: 20 };
/** What is read at most: entries of the directory, and bytes of a record (8,192 CPUs take 40,000). */
const MOST = { entries: 65_536, bytes: 65_536 };

const { O_CREAT, O_DIRECTORY, O_EXCL, O_NOCTTY, O_NOFOLLOW, O_NONBLOCK, O_RDONLY, O_RDWR } = constants;

export function ledgerDirectory(): string {
  return resolve(process.env['GOVERNOR_LEDGER'] || DEFAULT_DIRECTORY);
}

/** CPUs that are ours until close(), or until no process has the descriptors open any more. */
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

  /** for a process that is to hold the claim too */
  get descriptors(): readonly number[] {
    return this.open ? [this.file] : [];
  }

  /** for the programs that it is made for: the CPUs are theirs */
  get variables(): Record<string, string> {
    const outer = process.env[CLAIM];
    return { [CLAIM]: outer ? `${outer},${this.name}` : this.name };
  }

  /**
   * Gives its CPUs back and claims those that `choose` picks in sight of what others have claimed.
   * @throws GovernorError as makeClaim
   */
  change<Choice extends { cpus: Cpuset }>(choose: (claims: ClaimRecord[]) => Choice): Promise<Choice> {
    const directory = dirname(this.path);
    return insideTheDoor(directory, claims => {
      const choice = choose(claims.filter(({ name }) => name !== this.name));
      const entry = { ...this.entry, cpus: choice.cpus };
      if (this.open) usable(directory, () => write(this.file, entry));
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

/** The claims that are held now. */
export function readClaims(): ClaimRecord[] {
  const path = ledgerDirectory();
  return usable(path, () => {
    try {
      return liveClaims(path);
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return [];
      throw error;
    }
  });
}

/**
 * Claims the CPUs that `choose` picks in sight of what others have claimed; nobody else chooses meanwhile.
 * @param command what they are for
 * @throws GovernorError LEDGER_UNUSABLE where the ledger cannot be used, LEDGER_LOCKED if it stays locked; what `choose` throws
 */
export function makeClaim<Choice extends { cpus: Cpuset }>(
  command: string,
  choose: (claims: ClaimRecord[]) => Choice,
): Promise<{ claim: Claim; choice: Choice }> {
  const path = ledgerDirectory();
  return insideTheDoor(path, claims => {
    const choice = choose(claims);
    return { claim: usable(path, () => record(path, command, choice.cpus)), choice };
  });
}

/** @param act what is done with the claims in sight, while nobody else changes any */
async function insideTheDoor<T>(path: string, act: (claims: ClaimRecord[]) => T): Promise<T> {
  for (const began = performance.now(); ; ) {
    const door = usable(path, () => openDirectory(path));
    try {
      if (usable(path, () => isReady(door) && native.lockDirectory(door) && isStillThere(path, door))) {
        return act(usable(path, () => liveClaims(path, remove)));
      }
    } finally {
      closeSync(door);
    }
    if (performance.now() - began > PATIENCE.milliseconds) throw locked(path);
    await delay(PATIENCE.least + Math.random() * (PATIENCE.most - PATIENCE.least));
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

/** Not so in the moment in which another user has made the directory, but not yet opened it to all. */
function isReady(directory: number): boolean {
  const { uid, mode, ctimeMs } = fstatSync(directory);
  return uid === process.geteuid!() || (mode & 0o7777) === MODE || Date.now() - ctimeMs > 1000;
}

function isStillThere(path: string, directory: number): boolean {
  const [named, opened] = [lstatSync(path), fstatSync(directory)];
  return named.ino === opened.ino && named.dev === opened.dev;
}

/** @param removeStale for a file whose holder has gone; only while the door is ours, or it may be one just being made */
function liveClaims(path: string, removeStale?: (file: string) => void): ClaimRecord[] {
  const found: ClaimRecord[] = [];
  const directory = opendirSync(path);
  try {
    for (let entries = 1, entry = directory.readSync(); entry; entry = directory.readSync(), entries++) {
      if (entries > MOST.entries) throw unusable(path, `it holds more than ${MOST.entries} files`);
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

/** null: not a claim, or not ours to read. Others put there what they like: links, pipes, anything. */
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
    if (size > MOST.bytes) return null;
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

/** In one piece, with blanks over what is left of a longer one: who reads it at that moment reads a record. */
function write(file: number, entry: Entry): void {
  const text = Buffer.from(claimText(entry));
  const bytes = Buffer.alloc(Math.max(text.length, fstatSync(file).size), ' ');
  text.copy(bytes);
  writeSync(file, bytes, 0, bytes.length, 0);
}

/** Which nobody can have taken beforehand. From the kernel: node:crypto takes longer to load than all else of a claim. */
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

/** Where it is ours to remove: the directory is sticky. */
function remove(file: string): void {
  try {
    unlinkSync(file);
  } catch (error) {
    if (codeOf(error) === undefined) throw error;
  }
}

function usable<T>(path: string, use: () => T): T {
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

/** Not LEDGER_UNUSABLE, which goes on without a claim: others do claim CPUs here, so none may be taken unseen. */
function locked(path: string): GovernorError {
  const why = `the ledger ${path} has been locked by another process for ${PATIENCE.milliseconds / 1000} seconds`;
  return new GovernorError('LEDGER_LOCKED', `${why}; fuser shows which one, and --share goes on without the ledger`);
}

function codeOf(error: unknown): string | undefined {
  return (error as NodeJS.ErrnoException).code;
}
