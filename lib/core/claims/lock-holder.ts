/** The process that keeps the ledger locked. */
export interface LockHolder {
  /** its pid; it may have ended, if a process that it has started still holds the lock */
  pid: number;
  /** its name, as the kernel shows it; null: it has ended */
  program: string | null;
  /** whether it is stopped or traced */
  stopped: boolean;
}

/** A file, as /proc/locks names it. */
export interface LockedFile {
  /** number of its device, as stat(2) encodes it */
  dev: number;
  ino: number;
}

/**
 * The pid of the process that holds an exclusive lock of flock(2) on a file; null: none in our PID namespace.
 * @param text of /proc/locks: proc_locks(5)
 */
export function flockHolder(text: string, { dev, ino }: LockedFile): number | null {
  const hex = (number: number) => number.toString(16).padStart(2, '0');
  const file = `${hex((dev >> 8) & 0xfff)}:${hex((dev & 0xff) | ((dev >>> 12) & 0xfff00))}:${ino}`;
  for (const line of text.split('\n')) {
    const words = line.trim().split(/ +/);
    if (words[1] === 'FLOCK' && words[3] === 'WRITE' && words[5] === file) return Number(words[4]);
  }
  return null;
}

/** `pid 123 (train)`, `pid 123 (train, which is stopped)`. */
export function holderText(holder: LockHolder | null): string {
  if (holder === null) return 'a process that /proc does not show';
  const what = holder.program ?? 'which has ended: what it has started holds it';
  return `pid ${holder.pid} (${what}${holder.stopped ? ', which is stopped' : ''})`;
}
