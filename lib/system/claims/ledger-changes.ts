import { Socket } from 'node:net';
import { isOsError, native, type WatchedDirectoryHandle } from '../native.js';
import { ledgerDirectory } from './ledger.js';

/**
 * After how many milliseconds without news to look anyway: twice soon after a change, since the kernel reports the end
 * of a holder just before it drops the lock. Then slowly: the watch may have been refused, because each user may have
 * only so many; the allowed CPUs may change; and somebody may replace the directory.
 */
const LOOK_AGAIN_MS = [20, 200, 2000];

/** Waits for changes of the ledger, until it is stopped. */
export class LedgerChanges {
  private watch: WatchedDirectoryHandle | null = null;
  private socket: Socket | null = null;
  private wake: () => void = () => {};
  /** whether something has changed since `next` last resolved */
  private changed = false;
  private quietLooks = 0;

  /** @param signal ends a wait */
  constructor(private readonly signal?: AbortSignal) {
    signal?.addEventListener('abort', this.change);
    try {
      const { watch, changes } = native.watchDirectory(ledgerDirectory());
      this.watch = watch;
      this.socket = new Socket({ fd: changes, readable: true, writable: false });
      this.socket.on('data', this.change).on('error', () => {});
    } catch (error) {
      if (!isOsError(error)) throw error;
    }
  }

  /** Resolves at a change since it last resolved, or after a while without one. @param most milliseconds */
  async next(most: number): Promise<void> {
    const after = LOOK_AGAIN_MS[Math.min(this.quietLooks, LOOK_AGAIN_MS.length - 1)]!;
    if (!this.changed) await this.sleep(Math.min(after, most));
    this.quietLooks = this.changed ? 0 : this.quietLooks + 1;
    this.changed = false;
  }

  stop(): void {
    this.signal?.removeEventListener('abort', this.change);
    this.socket?.destroy();
    if (this.watch) native.unwatchDirectory(this.watch);
    this.watch = null;
  }

  private readonly change = (): void => {
    this.changed = true;
    this.wake();
  };

  private sleep(milliseconds: number): Promise<void> {
    return new Promise(resolve => {
      const timer = setTimeout(resolve, milliseconds);
      this.wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
