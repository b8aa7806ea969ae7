import { THREADS } from '../flags/budget.js';
import { dryRun } from '../flags/lifecycle.js';
import { json } from '../flags/output.js';
import { near, policy, restore } from '../flags/placement.js';
import type { CommandSpec } from './spec.js';

export const pinSpec: CommandSpec = {
  name: 'pin',
  summary: 'spread a running program over its CPUs: pin each of its workers to its own place',
  argument: { name: 'PID', help: 'a process; its descendants are pinned too', completes: 'process' },
  flags: [...THREADS, policy, near, restore, dryRun, json],
  conflicts: { restore: ['workers', 'threads-per-worker', 'reserve', 'physical', 'policy', 'near'] },
  notes: [
    'Workers are found as governor run finds them, and share out the CPUs; all threads of a worker run on its place. ' +
      'A program without workers counts as one worker. Parents and helpers may use every CPU of the program.',
    'If anything fails, everything is put back. The affinities from before are kept for --restore.',
  ],
  examples: [
    ['governor pin 4242'],
    ['governor pin --dry-run 4242', 'show who would get which CPUs'],
    ['governor pin --threads-per-worker 2 --policy numa 4242', 'workers of two threads, by NUMA node'],
    ['governor pin --restore 4242', 'undo it'],
  ],
  exitStatus: [
    ['0', 'pinned or restored'],
    ['2', 'bad input, not permitted, or nothing to restore; nothing was changed'],
  ],
};
