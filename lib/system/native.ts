import { fileURLToPath } from 'node:url';
// @ts-expect-error: it has no types
import load from 'node-gyp-build';
import { GovernorError } from '../errors.js';
import { isCutOff } from './addon-file.js';
import type { Cpuset } from '../core/cpuset.js';
import type {
  FollowedRecord,
  InterruptRecord,
  LimitsRecord,
  MemoryPolicyRecord,
  MemoryRecord,
  OwnersRecord,
  PciRecord,
  ProcessRecord,
  StartRecord,
  SwitchesRecord,
  ThreadRecord,
  ThreadSamplesRecord,
  ThrottlingRecord,
  TopologyRecord,
  WardenRecord,
} from '../core/records.js';

/** What the addon knows a tree by that it follows. */
export interface FollowedTreeHandle {
  readonly followed: unique symbol;
}

/** The addon's functions, as `native/addon.cc` exports them. Each throws an OsError. */
export interface Native {
  readonly platform: string;
  readTopology(root: string): TopologyRecord;
  readLimits(root: string, pid: number): LimitsRecord;
  readMemory(root: string): MemoryRecord;
  readInterrupts(root: string): InterruptRecord[] | null;
  /** @param classes base class and subclass, 0x0302 */
  readPci(root: string, classes: readonly number[], vendors: readonly number[]): PciRecord[];
  memoryPolicy(): MemoryPolicyRecord;
  setMemoryPolicy(mode: number, nodes: readonly number[]): void;
  threadId(): number;
  getAffinity(tid: number): number[];
  setAffinity(tid: number, cpus: Cpuset): void;
  processes(): ProcessRecord[];
  process(pid: number): ProcessRecord | null;
  threads(pid: number): ThreadRecord[];
  /** @returns the tree, and the descriptor of a pipe with a byte to read when it has changed since it was last asked for */
  followTree(pid: number): { tree: FollowedTreeHandle; changes: number };
  /** parents before their children; without those that have just come and done nothing yet */
  followedTree(tree: FollowedTreeHandle): FollowedRecord[];
  unfollowTree(tree: FollowedTreeHandle): void;
  /** off the main thread, as are the promises below */
  listProcesses(): Promise<ProcessRecord[]>;
  /** processes that have ended are left out */
  sampleThreads(pids: readonly number[]): Promise<ThreadSamplesRecord>;
  readSwitches(tids: readonly number[]): Promise<SwitchesRecord>;
  /** @param variables names of exported 32-bit variables whose values are wanted */
  readOwners(
    threads: readonly (readonly [pid: number, tids: readonly number[]])[],
    variables: readonly string[],
  ): Promise<OwnersRecord[]>;
  /** @param group directory of a control group; null where it has no quota's figures */
  readThrottling(group: string): ThrottlingRecord | null;
  commandLine(pid: number): string[];
  environment(pid: number): string[];
  executable(pid: number): string;
  openFilesLimit(pid: number): number;
  inForeground(): boolean;
  /** becomes the program: the same process, no Node left; returns by an OsError alone */
  become(start: StartRecord): never;
  /** @param keep descriptors that it and its keeper hold open as long as they live */
  startWarden(starts: readonly StartRecord[], keep: readonly number[]): WardenRecord;
  /** once its socket has ended: it is reaped */
  awaitWarden(pid: number): void;
  /** from then on what our descendants leave behind becomes our child */
  adoptOrphans(): void;
  /** all of them, once; whether any is left */
  killChildren(): boolean;
  /** @param stdio three descriptors for a rank that starts, else none */
  commandWarden(control: number, command: number, rank: number, value: number, stdio: readonly number[]): void;
  /** a free port, kept from others until the descriptor is closed */
  holdPort(): { port: number; descriptor: number };
  /** the reading end does not block */
  makePipe(): { read: number; write: number };
  /** of this opening of a directory, until it is closed; false: another has it */
  lockDirectory(descriptor: number): boolean;
  /** of this opening of a file, until it is closed by all who have it; false: another has it */
  lockFile(descriptor: number): boolean;
  /** by one who may write the file, other than through this opening */
  isLocked(descriptor: number): boolean;
}

/** An error of the operating system, as the addon throws it. */
export interface OsError extends Error {
  code: string;
  errno: number;
  syscall: string;
  subject: string;
}

export function isOsError(error: unknown): error is OsError {
  return error instanceof Error && 'syscall' in error && 'code' in error;
}

/** For a system that the addon has no implementation for: it answers every question by ENOTSUP. */
export function notSupported(cause: OsError): GovernorError {
  const text = `${process.platform}-${process.arch} cannot be asked or pinned yet; budget, env and topology work with a machine from a file (--host)`;
  return new GovernorError('NOT_SUPPORTED', text, { syscall: cause.syscall, cause });
}

const NOT_BUILT = 'reinstall thread-governor, or build it with npm rebuild (needs a C++ compiler and python3)';

const packageRoot = fileURLToPath(new URL('../../../', import.meta.url));

let loaded: Native | undefined;

/**
 * The addon, loaded on first use: help, budgets of a recorded machine and importing the library work without it.
 * @throws GovernorError ADDON_MISSING
 */
export const native: Native = new Proxy({} as Native, {
  get: (_, name) => (loaded ??= loadAddon())[name as keyof Native],
});

function loadAddon(): Native {
  const find = load as { (directory: string): Native; resolve(directory: string): string };
  let file: string | undefined;
  try {
    file = find.resolve(packageRoot);
    if (isCutOff(file)) throw new Error('it is cut off');
    const addon = find(packageRoot);
    if (!isOurs(addon)) throw new Error('it is the addon of something else, or of another version');
    return addon;
  } catch (error) {
    throw addonMissing(file, error as Error);
  }
}

/** Whether an addon has what ours has; a name of each subject stands for the rest. */
function isOurs(addon: Partial<Native> | null | undefined): addon is Native {
  const functions = [addon?.readTopology, addon?.setAffinity, addon?.readOwners, addon?.startWarden, addon?.lockFile];
  return typeof addon?.platform === 'string' && functions.every(one => typeof one === 'function');
}

function addonMissing(file: string | undefined, cause: Error): GovernorError {
  const reason = cause.message.split('\n')[0]!.replace(`${file}: `, '');
  const text =
    file === undefined
      ? `no native addon for ${process.platform}-${process.arch} in ${packageRoot}: ${NOT_BUILT}`
      : `cannot load the native addon ${file}: ${reason}; ${NOT_BUILT}`;
  return new GovernorError('ADDON_MISSING', text, { cause });
}
