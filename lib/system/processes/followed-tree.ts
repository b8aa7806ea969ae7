import { Socket } from 'node:net';
import { identity } from '../../core/processes/process-tree.js';
import type { FollowedRecord } from '../../core/processes/records.js';
import type { Member } from '../../core/processes/workers.js';
import { native, type FollowedTreeHandle } from '../native.js';
import { cannot, onOsError } from '../os-errors.js';
import { detailsOf } from './processes.js';

/** A process of a followed tree, with what distinguishes workers from helpers. */
export type FollowedProcess = FollowedRecord & Member & { identity: string };

/**
 * Follows a process tree until it is stopped. A thread of the addon (native/linux/processes/tree_follower.cc) looks at
 * the tree 33 times a second and wakes us only if something changed: a process has used 5 ms of CPU time or lived for
 * 100 ms, has ended, has called exec, or started or stopped working.
 */
export class FollowedTree {
  private readonly tree: FollowedTreeHandle;
  private readonly socket: Socket;
  private details = new Map<string, ReturnType<typeof detailsOf>>();
  private stopped = false;

  /** @param changed gets the whole tree after each change, parents before their children */
  constructor(root: number, changed: (tree: FollowedProcess[]) => void) {
    const { tree, changes } = onOsError(
      () => native.followTree(root),
      error => {
        throw cannot('follow the processes of the program', error);
      },
    );
    this.tree = tree;
    this.socket = new Socket({ fd: changes, readable: true, writable: false });
    this.socket.on('data', () => {
      if (!this.stopped) changed(this.processes());
    });
  }

  private processes(): FollowedProcess[] {
    const details: typeof this.details = new Map();
    const found = native.followedTree(this.tree).map(record => {
      const key = `${identity(record)} ${record.image} ${record.comm}`;
      const own = this.details.get(key) ?? detailsOf(record.pid);
      details.set(key, own);
      return { ...record, ...own, identity: identity(record) };
    });
    this.details = details;
    return found;
  }

  stop(): void {
    if (this.stopped) return;
    this.stopped = true;
    this.socket.destroy();
    native.unfollowTree(this.tree);
  }
}
