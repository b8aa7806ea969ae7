import { randomUUID } from 'node:crypto';
import {
  closeSync,
  constants,
  fstatSync,
  linkSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  readSync,
  renameSync,
  rmSync,
  writeFileSync,
  type Stats,
} from 'node:fs';
import { isAbsolute, join } from 'node:path';
import type { ProcessIdentity } from '../../core/processes/records.js';
import { GovernorError } from '../../errors.js';
import { native, type OsError } from '../native.js';
import { ifReadable, onOsError } from '../os-errors.js';

/** What is saved, as messages call it. */
export interface SavedKind {
  /** such as affinities */
  what: string;
  /** the option that needs it */
  option: string;
  /** the command that writes it */
  writer: string;
  /** what the files' names end with */
  suffix: string;
}

/** The longest file that is read; the affinities of 10,000 threads take about 300,000 bytes. */
const MOST_BYTES = 16 * 2 ** 20;

/** Reads the kernel's boot id: pids and start times begin again with each boot. */
export function readBoot(): string {
  return ifReadable(() => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim(), '');
}

/** A file for each process, which the same user finds again as long as the process lives. */
export class SavedFiles {
  constructor(private readonly kind: SavedKind) {}

  /**
   * Saves a text for a process. If one is saved already, that stays, unless it is to be replaced.
   * @throws GovernorError NOT_SAVED
   */
  save(of: ProcessIdentity, text: string, replace = false): void {
    const directory = this.directoryToWrite();
    removeEnded(directory);
    const unfinished = join(directory, randomUUID());
    const file = join(directory, this.nameOf(of));
    try {
      this.unlessItExists(directory, () => {
        writeFileSync(unfinished, text, { mode: 0o600, flag: 'wx' });
        if (replace) renameSync(unfinished, file);
        else linkSync(unfinished, file);
      });
    } finally {
      rmSync(unfinished, { force: true });
    }
  }

  /**
   * What was saved for a process; null: nothing.
   * @param read reads the text; null: the command that writes such files did not write it
   * @throws GovernorError NOT_SAVED for a file that we cannot trust, or did not write
   */
  load<Saved extends { boot: string }>(of: ProcessIdentity, read: (text: string) => Saved | null): Saved | null {
    for (const directory of this.directories()) {
      const file = join(directory, this.nameOf(of));
      const text = this.readOurs(directory, file);
      if (text === null) continue;
      const saved = read(text);
      if (!saved) throw this.untrusted(file, `${this.kind.writer} did not write it`);
      if (saved.boot === readBoot()) return saved;
      rmSync(file);
    }
    return null;
  }

  /** A file that cannot be removed does no harm: it has what is in force again. */
  forget(of: ProcessIdentity): void {
    for (const directory of this.directories())
      ifReadable(() => rmSync(join(directory, this.nameOf(of)), { force: true }), undefined);
  }

  /**
   * The directories with saved files; new ones go to the first. That is in XDG_RUNTIME_DIR if only this user may access
   * it. In /tmp another user may have taken the name before us; then there is one with a random end.
   */
  private directories(): string[] {
    const runtime = process.env['XDG_RUNTIME_DIR'] ?? '';
    const found = isAbsolute(runtime) ? lstatSync(runtime, { throwIfNoEntry: false }) : undefined;
    const own = found && whyNotOurs(found, 'directory') === null ? [join(runtime, 'thread-governor')] : [];
    const prefix = temporaryName();
    const names = ifReadable(() => readdirSync('/tmp'), []).filter(name => name.startsWith(`${prefix}-`));
    const later = names.map(name => join('/tmp', name)).filter(isOurs);
    const first = join('/tmp', prefix);
    const taken = (lstatSync(first, { throwIfNoEntry: false })?.uid ?? process.geteuid!()) !== process.geteuid!();
    return [...own, ...(taken ? [] : [first]), ...later];
  }

  private directoryToWrite(): string {
    const [known] = this.directories();
    if (isUnmapped()) throw this.cannotSave(known ?? '/tmp', 'in this user namespace all users have one number');
    const directory = known ?? this.anotherDirectory();
    this.unlessItExists(directory, () => mkdirSync(directory, { mode: 0o700 }));
    const why = whyNotOurs(lstatSync(directory), 'directory');
    if (why !== null) throw this.cannotSave(directory, why);
    return directory;
  }

  private anotherDirectory(): string {
    return onOsError(
      () => mkdtempSync(join('/tmp', `${temporaryName()}-`)),
      error => {
        throw this.cannotSave('/tmp', error.message, error);
      },
    );
  }

  /** Names the PID namespace too, because several namespaces may share the directory. */
  private nameOf({ pid, startTime }: ProcessIdentity): string {
    return `${namespace()}-${pid}-${startTime}${this.kind.suffix}`;
  }

  /** The text of a file, or null if there is none. Follows no link and does not wait for a pipe. */
  private readOurs(directory: string, file: string): string | null {
    const found = lstatSync(directory, { throwIfNoEntry: false });
    if (!found) return null;
    const why = whyNotOurs(found, 'directory');
    if (why !== null) throw this.untrusted(directory, why);
    const descriptor = onOsError<number | null>(
      () => openSync(file, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK),
      error => {
        if (error.code === 'ENOENT') return null;
        throw this.untrusted(file, error.code === 'ELOOP' ? 'it is a symbolic link' : error.message, error);
      },
    );
    if (descriptor === null) return null;
    try {
      const status = fstatSync(descriptor);
      const wrong =
        whyNotOurs(status, 'file') ?? (status.size > MOST_BYTES ? `it is longer than ${MOST_BYTES} bytes` : null);
      if (wrong !== null) throw this.untrusted(file, wrong);
      const bytes = Buffer.alloc(status.size);
      return bytes.toString('latin1', 0, readSync(descriptor, bytes));
    } finally {
      closeSync(descriptor);
    }
  }

  /** Runs a step of saving. That the file or directory exists already is no error. */
  private unlessItExists(directory: string, save: () => void): void {
    onOsError(save, error => {
      if (error.code !== 'EEXIST') throw this.cannotSave(directory, error.message, error);
    });
  }

  private cannotSave(directory: string, why: string, cause?: OsError): GovernorError {
    const { what, option } = this.kind;
    const text = `cannot save ${what} for ${option} in ${directory}: ${why}; nothing was changed`;
    return new GovernorError('NOT_SAVED', text, { cause });
  }

  private untrusted(file: string, why: string, cause?: OsError): GovernorError {
    const text = `cannot trust the saved ${this.kind.what} in ${file}: ${why}; nothing was changed; remove it`;
    return new GovernorError('NOT_SAVED', text, { cause });
  }
}

/** Removes the files of processes that have ended. */
function removeEnded(directory: string): void {
  for (const name of readdirSync(directory)) {
    const [, space, pid, startTime] = /^(\d*)-([1-9]\d{0,9})-(\d{1,15})(?:\.[a-z]+)?$/.exec(name) ?? [];
    if (space === namespace() && native.process(Number(pid))?.startTime !== Number(startTime))
      rmSync(join(directory, name), { force: true });
  }
}

function temporaryName(): string {
  return `thread-governor-${process.geteuid!()}`;
}

function namespace(): string {
  return ifReadable(() => readlinkSync('/proc/self/ns/pid'), '').replace(/\D/g, '');
}

/** Whether the kernel shows every user here by the same number, so that it does not say whose a file is. */
function isUnmapped(): boolean {
  const map = ifReadable(() => readFileSync('/proc/self/uid_map', 'latin1'), '0 0 4294967295');
  const user = process.geteuid!();
  return !map.split('\n').some(line => {
    const [first = NaN, , count = 0] = line.trim().split(/\s+/).map(Number);
    return user >= first && user < first + count;
  });
}

function isOurs(directory: string): boolean {
  const status = lstatSync(directory, { throwIfNoEntry: false });
  return status !== undefined && whyNotOurs(status, 'directory') === null;
}

function whyNotOurs(status: Stats, kind: 'directory' | 'file'): string | null {
  if (kind === 'directory' ? !status.isDirectory() : !status.isFile()) return `it is not a ${kind}`;
  if (status.uid !== process.geteuid!()) return 'it belongs to another user';
  return (status.mode & 0o077) === 0 ? null : 'other users may access it';
}
