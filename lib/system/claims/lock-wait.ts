import { fstatSync, readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { flockHolder, type LockHolder } from '../../core/claims/lock-holder.js';
import { native } from '../native.js';
import { ifReadable } from '../os-errors.js';
import type { LedgerDirectory } from './record-files.js';
import { withDirectory } from './record-files.js';

/** How to wait for the ledger while another process keeps it locked. */
export interface LockWaitOptions {
  /** ends the wait: the promise rejects with its reason */
  signal?: AbortSignal | undefined;
  /** seconds to wait; never longer than a minute */
  timeout?: number | undefined;
  /** called once, after a second; null: nobody knows who it is */
  onLocked?: ((holder: LockHolder | null) => void) | undefined;
}

/** A process keeps the directory locked for milliseconds, on a very slow machine for seconds. */
const LOCK_TIMEOUT_MS = 60_000;
/** After this time, the holder is named. */
const SILENT_MS = 1000;
/** Between two attempts, at random, so that waiting processes do not keep step. */
const LOCK_RETRY_MS = { least: 2, most: 20 };

/** One wait for the lock. */
export class LockWait {
  private readonly began = performance.now();
  private readonly most: number;
  private reported = false;

  constructor(
    private readonly path: string,
    private readonly options: LockWaitOptions,
  ) {
    this.most = Math.min(LOCK_TIMEOUT_MS, 1000 * (options.timeout ?? Infinity));
  }

  /** Waits a moment. @returns false if the time is over. @throws the signal's reason */
  async again(): Promise<boolean> {
    const { signal, onLocked } = this.options;
    const waited = performance.now() - this.began;
    if (waited > this.most) return false;
    if (waited > SILENT_MS && !this.reported) {
      this.reported = true;
      onLocked?.(lockHolder(this.path));
    }
    await delay(LOCK_RETRY_MS.least + Math.random() * (LOCK_RETRY_MS.most - LOCK_RETRY_MS.least));
    signal?.throwIfAborted();
    return true;
  }

  get seconds(): number {
    return this.most / 1000;
  }
}

/** Who keeps the ledger locked; null if nobody does, or it cannot be known. */
export function lockHolder(path: string): LockHolder | null {
  const holderOf = ({ descriptor }: LedgerDirectory) =>
    flockHolder(readFileSync('/proc/locks', 'utf8'), fstatSync(descriptor));
  const pid = ifReadable(() => withDirectory(path, holderOf), null);
  if (pid === null) return null;
  const found = native.process(pid);
  return { pid, program: found?.comm ?? null, stopped: found?.state === 'T' || found?.state === 't' };
}
