import { randomUUID } from 'node:crypto';
import {
  closeSync,
  constants,
  fstatSync,
  linkSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  readSync,
  rmSync,
  writeFileSync,
  type Stats,
} from 'node:fs';
import { isAbsolute, join } from 'node:path';
import { formatSaved, parseSaved, type SavedTree } from '../../core/processes/saved-affinities.js';
import type { ProcessIdentity } from '../../core/processes/records.js';
import { GovernorError } from '../../errors.js';
import { native, type OsError } from '../native.js';
import { ifReadable, onOsError } from '../os-errors.js';

/** The longest file that is read; 10,000 threads take about 300,000 bytes. */
const MOST_BYTES = 16 * 2 ** 20;

/**
 * Saves the affinities of a tree, for a later restore by the same user. If some are saved already, those stay.
 * @throws GovernorError NOT_SAVED
 */
export function saveAffinities(root: ProcessIdentity, saved: SavedTree): void {
  const directory = directories()[0]!;
  unlessItExists(directory, () => mkdirSync(directory, { mode: 0o700 }));
  const why = whyNotOurs(lstatSync(directory), 'directory');
  if (why !== null) throw cannotSave(directory, why);
  removeEnded(directory);
  const unfinished = join(directory, randomUUID());
  try {
    unlessItExists(directory, () => {
      writeFileSync(unfinished, formatSaved(saved), { mode: 0o600, flag: 'wx' });
      linkSync(unfinished, join(directory, nameOf(root)));
    });
  } finally {
    rmSync(unfinished, { force: true });
  }
}

/**
 * The saved affinities of a tree, by its root; null if none were saved since the machine booted.
 * @throws GovernorError NOT_SAVED for a file that we cannot trust, or did not write
 */
export function loadAffinities(root: ProcessIdentity): SavedTree | null {
  for (const directory of directories()) {
    const file = join(directory, nameOf(root));
    const text = readOurs(directory, file);
    if (text === null) continue;
    const saved = parseSaved(text);
    const first = saved?.processes[0];
    if (!saved || first!.pid !== root.pid || first!.startTime !== root.startTime)
      throw untrusted(file, 'governor pin did not write it');
    if (saved.boot === readBoot()) return saved;
    rmSync(file);
  }
  return null;
}

/** A file that cannot be removed does no harm: it has what is in force again. */
export function forgetAffinities(root: ProcessIdentity): void {
  for (const directory of directories())
    ifReadable(() => rmSync(join(directory, nameOf(root)), { force: true }), undefined);
}

/** Identifies this boot of the machine: pids and start times begin again with each. */
export function readBoot(): string {
  return ifReadable(() => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim(), '');
}

/**
 * The directories with saved files; new ones go to the first. That is in XDG_RUNTIME_DIR if only this user may access
 * it.
 */
function directories(): string[] {
  const runtime = process.env['XDG_RUNTIME_DIR'] ?? '';
  const found = isAbsolute(runtime) ? lstatSync(runtime, { throwIfNoEntry: false }) : undefined;
  const own = found && whyNotOurs(found, 'directory') === null ? [join(runtime, 'thread-governor')] : [];
  return [...own, `/tmp/thread-governor-${process.geteuid!()}`];
}

/** Names the PID namespace too, because several namespaces may share the directory. */
function nameOf({ pid, startTime }: ProcessIdentity): string {
  return `${namespace()}-${pid}-${startTime}`;
}

function namespace(): string {
  return ifReadable(() => readlinkSync('/proc/self/ns/pid'), '').replace(/\D/g, '');
}

/** Removes the files of processes that have ended. */
function removeEnded(directory: string): void {
  for (const name of readdirSync(directory)) {
    const [, space, pid, startTime] = /^(\d*)-([1-9]\d{0,9})-(\d{1,15})$/.exec(name) ?? [];
    if (space === namespace() && native.process(Number(pid))?.startTime !== Number(startTime))
      rmSync(join(directory, name), { force: true });
  }
}

/** The text of a file, or null if there is none. Follows no link and does not wait for a pipe. */
function readOurs(directory: string, file: string): string | null {
  const found = lstatSync(directory, { throwIfNoEntry: false });
  if (!found) return null;
  const why = whyNotOurs(found, 'directory');
  if (why !== null) throw untrusted(directory, why);
  const descriptor = onOsError<number | null>(
    () => openSync(file, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK),
    error => {
      if (error.code === 'ENOENT') return null;
      throw untrusted(file, error.code === 'ELOOP' ? 'it is a symbolic link' : error.message, error);
    },
  );
  if (descriptor === null) return null;
  try {
    const status = fstatSync(descriptor);
    const wrong =
      whyNotOurs(status, 'file') ?? (status.size > MOST_BYTES ? `it is longer than ${MOST_BYTES} bytes` : null);
    if (wrong !== null) throw untrusted(file, wrong);
    const bytes = Buffer.alloc(status.size);
    return bytes.toString('latin1', 0, readSync(descriptor, bytes));
  } finally {
    closeSync(descriptor);
  }
}

function whyNotOurs(status: Stats, kind: 'directory' | 'file'): string | null {
  if (kind === 'directory' ? !status.isDirectory() : !status.isFile()) return `it is not a ${kind}`;
  if (status.uid !== process.geteuid!()) return 'it belongs to another user';
  return (status.mode & 0o077) === 0 ? null : 'other users may access it';
}

/** Runs a step of saving. That the file or directory exists already is no error. */
function unlessItExists(directory: string, save: () => void): void {
  onOsError(save, error => {
    if (error.code !== 'EEXIST') throw cannotSave(directory, error.message, error);
  });
}

function cannotSave(directory: string, why: string, cause?: OsError): GovernorError {
  const text = `cannot save affinities for --restore in ${directory}: ${why}; nothing was changed`;
  return new GovernorError('NOT_SAVED', text, { cause });
}

function untrusted(file: string, why: string, cause?: OsError): GovernorError {
  const text = `cannot trust the saved affinities in ${file}: ${why}; nothing was changed; remove it`;
  return new GovernorError('NOT_SAVED', text, { cause });
}
