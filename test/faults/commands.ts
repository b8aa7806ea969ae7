/** What is swept: commands, what they print if nothing fails, and the system calls that fail. */

import { join } from 'node:path';
import { PROJECT } from '../helpers/shared.js';

/** A command of governor, and how to recognise its right answer. */
export interface SweptCommand {
  name: string;
  /** what Node runs; default: `governor` */
  script?: string;
  /** `PID` stands for the pid of a Node process that does nothing. */
  words: readonly string[];
  /** exit statuses of right answers; default: 0 */
  statuses?: readonly number[];
  /** what stdout is without a failure; null: the same each time, apart from figures that change */
  answer: RegExp | null;
  /** whether all CPUs are claimed by another process meanwhile */
  claimed?: true;
  /** calls without which Node itself aborts */
  ofNode?: readonly string[];
}

/** Node reads the machine in a pool of threads, and starts and ends processes for the banner and for pinWorkers. */
const POOL = ['mmap', 'thread'];
const CHILDREN = ['kill', 'wait4'];

const SLEEPERS = ['sh', '-c', 'sleep 0.2 & sleep 0.2 & wait; echo ran'];
const PARENT = ['sh', '-c', 'sleep 100 >/dev/null & echo ran'];
const POOLS = join(PROJECT, 'test/faults/pin_workers.mjs');
const RAN = /^ran\n$/;

export const COMMANDS: readonly SweptCommand[] = [
  { name: 'run', words: ['run', '-q', '--', 'echo', 'ran'], answer: RAN },
  { name: 'run of workers', words: ['run', '-q', '--', ...SLEEPERS], answer: RAN },
  {
    name: 'run --wait',
    words: ['run', '-q', '--wait=0.1', '--', 'echo', 'ran'],
    statuses: [0, 2], // without a ledger it runs, and says so
    answer: /^(ran\n)?$/,
    claimed: true,
  },
  { name: 'launch', words: ['launch', '-q', '-n', '2', '--', 'echo', 'ran'], answer: /^\[[01]\] ran\n\[[01]\] ran\n$/ },
  { name: 'launch of a parent', words: ['launch', '-q', '-n', '1', '--', ...PARENT], answer: /^\[0\] ran\n$/ },
  { name: 'exec', words: ['exec', '--', 'echo', 'ran'], answer: RAN },
  { name: 'topology', words: ['topology', '--json'], answer: null },
  { name: 'budget', words: ['budget', '--json'], answer: null },
  { name: 'env', words: ['env'], answer: null },
  { name: 'banner', words: ['banner'], answer: /workers/, ofNode: CHILDREN },
  { name: 'status', words: ['status'], answer: /^CPUS[^]*\nfree: /, ofNode: POOL },
  {
    name: 'ps',
    words: ['ps', '--all', '--window', '0.1'],
    statuses: [0, 1], // others may use the machine
    answer: /^ +PID /,
    ofNode: POOL,
  },
  { name: 'audit', words: ['audit', '--window', '0.1', 'PID'], answer: /^[a-z -]+: node \(pid \d+\): /, ofNode: POOL },
  {
    name: 'watch',
    words: ['watch', '--interval', '0.1', '--samples', '2', 'PID'],
    answer: /^[^\n]+\n[^\n]+\n$/,
    ofNode: POOL,
  },
  { name: 'pin', words: ['pin', 'PID'], answer: /^node \(pid \d+\): 1 worker on 1 place/, ofNode: POOL },
  {
    name: 'pin --restore',
    words: ['pin', '--restore', 'PID'],
    answer: /^node \(pid \d+\): \d+ threads? /,
    ofNode: POOL,
  },
  { name: 'pinWorkers of processes', script: POOLS, words: ['process'], answer: /^closed \d+\n$/, ofNode: CHILDREN },
  { name: 'pinWorkers of threads', script: POOLS, words: ['thread'], answer: /^closed \d+\n$/, ofNode: POOL },
];

const DESCRIPTORS = ['EMFILE', 'ENFILE', 'ENOMEM'] as const;

/** What the kernel answers if a limit is reached; a policy answers EPERM or ENOSYS. */
const LIMITS: Readonly<Record<string, readonly string[]>> = {
  brk: ['ENOMEM'],
  eventfd2: DESCRIPTORS,
  fcntl: ['EMFILE', 'ENOLCK'],
  flock: ['ENOLCK'],
  fork: ['EAGAIN', 'ENOMEM'],
  getdents64: ['ENOMEM'],
  inotify_add_watch: ['ENOMEM', 'ENOSPC'],
  inotify_init1: DESCRIPTORS,
  memfd_create: DESCRIPTORS,
  mkdir: ['ENOSPC', 'ENOMEM'],
  mmap: ['ENOMEM'],
  openat: [...DESCRIPTORS, 'EACCES'],
  openat2: DESCRIPTORS,
  pidfd_open: DESCRIPTORS,
  pipe2: DESCRIPTORS,
  poll: ['ENOMEM'],
  pread64: ['ENOMEM'],
  read: ['ENOMEM'],
  recvmsg: ['ENOMEM'],
  sched_getaffinity: ['ENOMEM'],
  sched_setaffinity: ['ENOMEM'],
  sendmsg: ['ENOMEM', 'ENOBUFS'],
  sendto: ['ENOMEM', 'ENOBUFS'],
  signalfd4: DESCRIPTORS,
  socket: DESCRIPTORS,
  socketpair: DESCRIPTORS,
  thread: ['EAGAIN'],
};

export const POLICIES = ['EPERM', 'ENOSYS'] as const;

/** Calls that no policy refuses: no program would start. */
const ALWAYS_ALLOWED = [
  'brk',
  'fork',
  'lseek',
  'mmap',

  'openat',
  'poll',
  'pread64',
  'read',
  'thread',
  'write',
];

/** The errors with which a call can fail. */
export function errorsOf(call: string): readonly string[] {
  return [...(LIMITS[call] ?? []), ...(ALWAYS_ALLOWED.includes(call) ? [] : POLICIES)];
}

/** The calls of Node that come of our JavaScript, and whose errors it gets. The others end Node, or it ignores them. */
export const CALLS_OF_NODE: readonly string[] = [
  'fork',
  'getdents64',
  'linkat',
  'mkdir',
  'newfstatat',
  'openat',
  'readlink',
  'rename',
  'statx',
  'unlink',
];

/** The calls that Docker, systemd and the like may refuse altogether, and without which Node works. */
export const REFUSED: readonly string[] = [
  'bind',
  'dup3',
  'flock',
  'fork',
  'fstatfs',
  'get_mempolicy',
  'get_robust_list',
  'getsockname',
  'inotify_add_watch',
  'inotify_init1',
  'kill',
  'linkat',
  'openat2',
  'pidfd_open',
  'poll',
  'prctl',
  'prlimit64',
  'process_vm_readv',
  'recvmsg',
  'sched_getaffinity',
  'sched_setaffinity',
  'sendmsg',
  'sendto',
  'set_mempolicy',
  'setpgid',
  'setsockopt',
  'signalfd4',
  'socket',
  'socketpair',
  'unlink',
  'wait4',
];
