import { fileURLToPath } from 'node:url';
// @ts-expect-error: it has no types
import load from 'node-gyp-build';
import { GovernorError } from '../errors.js';
import { isCutOff } from './addon-file.js';
import { requirePool } from './process-limit.js';
import type { Cpuset } from '../core/cpuset.js';
import type {
  InterruptRecord,
  LimitsRecord,
  MemoryPolicyRecord,
  MemoryRecord,
  PciRecord,
  ThrottlingRecord,
  TopologyRecord,
} from '../core/machine/records.js';
import type {
  FollowedRecord,
  ProcessRecord,
  ReaderRecord,
  ReadLimits,
  ReadRequest,
  SwitchesRecord,
  ThreadRecord,
  ThreadSamplesRecord,
  ThreadsOfProcesses,
} from '../core/processes/records.js';
import type { LentCpuRecord } from '../core/lend/records.js';
import type { StartRecord, WardenRecord } from '../core/launch/records.js';

/** A process tree that the addon follows. */
export interface FollowedTreeHandle {
  readonly followed: unique symbol;
}

/** A directory that the addon watches. */
export interface WatchedDirectoryHandle {
  readonly watched: unique symbol;
}

/** The page that CPUs are lent through, mapped. */
export interface LendPageHandle {
  readonly lends: unique symbol;
}

/** The addon's functions. Each throws an OsError if the system refuses. */
export interface Native {
  readonly platform: string;
  readTopology(root: string): TopologyRecord;
  readLimits(root: string, pid: number): LimitsRecord;
  readMemory(root: string): MemoryRecord;
  readInterrupts(root: string): InterruptRecord[] | null;
  /** @param classes base class and subclass, such as 0x0302 */
  readPci(root: string, classes: readonly number[], vendors: readonly number[]): PciRecord[];
  memoryPolicy(): MemoryPolicyRecord;
  setMemoryPolicy(mode: number, nodes: readonly number[]): void;
  threadId(): number;
  getAffinity(tid: number): number[];
  setAffinity(tid: number, cpus: Cpuset): void;
  processes(): ProcessRecord[];
  process(pid: number): ProcessRecord | null;
  threads(pid: number): ThreadRecord[];
  /** @returns `changes`: a pipe that has a byte to read if the tree changed since `followedTree` was last called */
  followTree(pid: number): { tree: FollowedTreeHandle; changes: number };
  /** Parents before their children, without processes that have just started and done nothing yet. */
  followedTree(tree: FollowedTreeHandle): FollowedRecord[];
  unfollowTree(tree: FollowedTreeHandle): void;
  /** As `processes`; like every function here that returns a promise, off the main thread. */
  listProcesses(): Promise<ProcessRecord[]>;
  /** Leaves out processes that have ended. */
  sampleThreads(pids: readonly number[]): Promise<ThreadSamplesRecord>;
  readSwitches(tids: readonly number[]): Promise<SwitchesRecord>;
  /**
   * In this process: a reader does the same and can be left behind.
   * @param variables names of exported 32-bit variables to read
   * @returns for each process an OwnersRecord as JSON
   */
  readOwners(threads: ThreadsOfProcesses, variables: readonly string[], limits: ReadLimits): Promise<string[]>;
  startReader(request: ReadRequest): Promise<ReaderRecord>;
  /** @returns its status of wait(2); -1: it has not ended */
  reapReader(pid: number): number;
  /** @param group directory of a control group; the result is null if it does not count throttling */
  readThrottling(group: string): ThrottlingRecord | null;
  commandLine(pid: number): string[];
  environment(pid: number): string[];
  executable(pid: number): string;
  openFilesLimit(pid: number): number;
  inForeground(): boolean;
  /** Replaces this process by the program. Never returns; throws an OsError on failure. */
  become(start: StartRecord): never;
  /** @param keep descriptors that the warden and its keeper hold open as long as they live */
  startWarden(starts: readonly StartRecord[], keep: readonly number[]): WardenRecord;
  /** Reaps the warden; call it once its socket has ended. */
  awaitWarden(pid: number): void;
  /** @param stdio three descriptors for the command that starts a rank; else none */
  commandWarden(control: number, command: number, rank: number, value: number, stdio: readonly number[]): void;
  /** A free port, kept from others until the descriptor is closed. */
  holdPort(): { port: number; descriptor: number };
  /** Reading does not block. */
  makePipe(): { read: number; write: number };
  /** Locks a directory until this opening of it is closed. @returns false if another process has the lock */
  lockDirectory(descriptor: number): boolean;
  /** Locks a file until every process has closed this opening of it. @returns false if another process has the lock */
  lockFile(descriptor: number): boolean;
  /** Whether the file is locked through another opening, by someone who may write it. */
  isLocked(descriptor: number): boolean;
  /**
   * The files of an open directory whose names have 16 hexadecimal digits; `text` is empty unless the file is locked,
   * within the limits, and there is room for its owner.
   */
  readLockedFiles(
    descriptor: number,
    mostNames: number,
    mostBytes: number,
    mostBytesOfOwner: number,
  ): { name: string; uid: number; locked: boolean; text: string }[];
  /**
   * @returns `changes`: a pipe that gets a byte when a file in the directory has been created, written, removed, or
   * closed by the last process that could write it
   */
  watchDirectory(path: string): { watch: WatchedDirectoryHandle; changes: number };
  unwatchDirectory(watch: WatchedDirectoryHandle): void;
  /** @param descriptor of a file that is open for reading and writing: empty, or a page */
  openLendPage(descriptor: number): LendPageHandle;
  /** @param claimed whether this process has claimed them: of others it takes over those that they have not claimed */
  lendCpus(page: LendPageHandle, cpus: Cpuset, owner: number, pinned: boolean, claimed: boolean): void;
  withholdCpus(page: LendPageHandle, cpus: Cpuset): void;
  /** @returns how many CPUs of this process are borrowed */
  keepLending(page: LendPageHandle): number;
  lentCpus(page: LendPageHandle): LentCpuRecord[];
  closeLendPage(page: LendPageHandle): void;
}

/** An error of the operating system, as the addon and Node's fs throw it. */
export interface OsError extends Error {
  /** such as ENOENT */
  code: string;
  errno: number;
  syscall: string;
  /** the path or thread that the call was about; only from the addon */
  subject?: string;
  /** the path that the call was about; only from Node's fs */
  path?: string;
}

export function isOsError(error: unknown): error is OsError {
  return error instanceof Error && 'syscall' in error && 'code' in error;
}

const NOT_BUILT = 'reinstall thread-governor, or build it with npm rebuild (needs a C++ compiler and python3)';

const packageRoot = fileURLToPath(new URL('../../../', import.meta.url));

let loaded: Native | undefined;

/**
 * The addon, loaded on first use: help, budgets of a recorded machine and importing the library work without it.
 * @throws GovernorError ADDON_MISSING; LIMIT_REACHED if a function that returns a promise could not start its threads
 */
export const native: Native = new Proxy({} as Native, {
  get: (_, name) => {
    loaded ??= loadAddon();
    if (!poolChecked && OFF_THE_MAIN_THREAD.has(name as keyof Native)) {
      requirePool(loaded);
      poolChecked = true;
    }
    return loaded[name as keyof Native];
  },
});

/** The functions that return a promise. */
const OFF_THE_MAIN_THREAD: ReadonlySet<keyof Native> = new Set([
  'listProcesses',
  'sampleThreads',
  'readSwitches',
  'readOwners',
  'startReader',
]);
let poolChecked = false;

interface AddonFinder {
  (directory: string): Native;
  resolve(directory: string): string;
}

const find = load as AddonFinder;

/** The addon's file; what else was built lies beside it. @throws Error if there is none */
export function addonFile(): string {
  return find.resolve(packageRoot);
}

function loadAddon(): Native {
  let file: string | undefined;
  try {
    file = addonFile();
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
  const functions = [
    addon?.readTopology,
    addon?.setAffinity,
    addon?.readOwners,
    addon?.startWarden,
    addon?.watchDirectory,
    addon?.openLendPage,
  ];
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
