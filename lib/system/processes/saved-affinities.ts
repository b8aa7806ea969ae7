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
import type { ProcessRecord } from '../../core/records.js';
import { GovernorError } from '../../errors.js';
import { native } from '../native.js';

type Identity = Pick<ProcessRecord, 'pid' | 'startTime'>;

/** Bytes of a saved file; 10,000 threads take about 300,000. */
const MOST = 16 * 2 ** 20;

/**
 * Keeps the affinities of a tree for a later call of the same user. What is kept already stays.
 * @throws GovernorError NOT_SAVED
 */
export function saveAffinities(root: Identity, saved: SavedTree): void {
  const directory = directories()[0]!;
  try {
    mkdirSync(directory, { mode: 0o700 });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw cannotSave(directory, (error as Error).message);
  }
  const why = whyNotOurs(lstatSync(directory), 'directory');
  if (why !== null) throw cannotSave(directory, why);
  removeEnded(directory);
  const unfinished = join(directory, randomUUID());
  try {
    writeFileSync(unfinished, formatSaved(saved), { mode: 0o600, flag: 'wx' });
    linkSync(unfinished, join(directory, nameOf(root)));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw cannotSave(directory, (error as Error).message);
  } finally {
    rmSync(unfinished, { force: true });
  }
}

/**
 * What was kept of a tree, by its root; null where nothing was since the machine was started.
 * @throws GovernorError NOT_SAVED for a file that is not as we write it
 */
export function loadAffinities(root: Identity): SavedTree | null {
  for (const directory of directories()) {
    const file = join(directory, nameOf(root));
    const text = readOurs(directory, file);
    if (text === null) continue;
    const saved = parseSaved(text);
    const first = saved?.processes[0];
    if (!saved || first!.pid !== root.pid || first!.startTime !== root.startTime)
      throw untrusted(file, 'it is not as governor pin writes it');
    if (saved.boot === readBoot()) return saved;
    rmSync(file);
  }
  return null;
}

export function forgetAffinities(root: Identity): void {
  for (const directory of directories()) rmSync(join(directory, nameOf(root)), { force: true });
}

/** Of this run of the machine. */
export function readBoot(): string {
  return toldOr('', () => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim());
}

/** Where the files are, the first one for new ones: the user's directory for such things where it is really the user's. */
function directories(): string[] {
  const runtime = process.env['XDG_RUNTIME_DIR'] ?? '';
  const found = isAbsolute(runtime) ? lstatSync(runtime, { throwIfNoEntry: false }) : undefined;
  const own = found && whyNotOurs(found, 'directory') === null ? [join(runtime, 'thread-governor')] : [];
  return [...own, `/tmp/thread-governor-${process.geteuid!()}`];
}

/** Pids are those of a PID namespace, and a directory may be seen from several. */
function nameOf({ pid, startTime }: Identity): string {
  return `${namespace()}-${pid}-${startTime}`;
}

function namespace(): string {
  return toldOr('', () => readlinkSync('/proc/self/ns/pid')).replace(/\D/g, '');
}

/** Files about processes that have ended. */
function removeEnded(directory: string): void {
  for (const name of readdirSync(directory)) {
    const [, space, pid, startTime] = /^(\d*)-([1-9]\d{0,9})-(\d{1,15})$/.exec(name) ?? [];
    if (space === namespace() && native.process(Number(pid))?.startTime !== Number(startTime))
      rmSync(join(directory, name), { force: true });
  }
}

/** null where there is none. No link is followed, and no pipe waited for. */
function readOurs(directory: string, file: string): string | null {
  const place = lstatSync(directory, { throwIfNoEntry: false });
  if (!place) return null;
  const why = whyNotOurs(place, 'directory');
  if (why !== null) throw untrusted(directory, why);
  let descriptor: number;
  try {
    descriptor = openSync(file, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return null;
    throw untrusted(file, code === 'ELOOP' ? 'it is a link' : message);
  }
  try {
    const status = fstatSync(descriptor);
    const wrong = whyNotOurs(status, 'file') ?? (status.size > MOST ? 'it is too long' : null);
    if (wrong !== null) throw untrusted(file, wrong);
    const bytes = Buffer.alloc(status.size);
    return bytes.toString('latin1', 0, readSync(descriptor, bytes));
  } finally {
    closeSync(descriptor);
  }
}

function whyNotOurs(status: Stats, kind: 'directory' | 'file'): string | null {
  if (kind === 'directory' ? !status.isDirectory() : !status.isFile()) return `it is no ${kind}`;
  if (status.uid !== process.geteuid!()) return 'it belongs to another user';
  return (status.mode & 0o077) === 0 ? null : 'it is open to others';
}

function cannotSave(directory: string, why: string): GovernorError {
  return new GovernorError(
    'NOT_SAVED',
    `${directory}: the affinities that --restore would put back cannot be kept there: ${why}; nothing was changed`,
  );
}

function untrusted(file: string, why: string): GovernorError {
  return new GovernorError('NOT_SAVED', `${file}: not trusted: ${why}; nothing was changed. Remove it`);
}

function toldOr(otherwise: string, ask: () => string): string {
  try {
    return ask();
  } catch {
    return otherwise;
  }
}
