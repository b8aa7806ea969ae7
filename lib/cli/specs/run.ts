import { BUDGET, except, exportFlag } from '../flags/budget.js';
import { LIFECYCLE } from '../flags/lifecycle.js';
import { quiet, report } from '../flags/output.js';
import { lend, near, policy, share, wait } from '../flags/placement.js';
import { NOT_CLAIMED_EXIT_STATUS, NOT_STARTED_EXIT_STATUS, type CommandSpec } from './spec.js';

export const runSpec: CommandSpec = {
  name: 'run',
  summary: 'run a program with governed thread variables, and pin each worker that it starts',
  program: true,
  flags: [...BUDGET, exportFlag, except, policy, near, share, lend, wait, ...LIFECYCLE, quiet, report],
  notes: [
    "Workers are found as they appear, however they start: fork, spawn, forkserver, joblib, Node's cluster, a shell. " +
      "The program keeps stdin, stdout, stderr, signals and its exit status; governor's own lines go to stderr.",
  ],
  examples: [
    ['governor run -- python3 train.py'],
    ['governor run --workers 4 -- python3 train.py', 'places for four workers of several threads'],
    ['governor run --export POOL_SIZE=workers -- ./train', "set the pool's size in the program's own variable"],
    ['governor run --workers 4 --near gpu -- torchrun ...', 'worker i runs on CPUs local to GPU i'],
    ["governor run --except OMP_NUM_THREADS -- sh -c 'make -j$(nproc)'", 'leave out a variable that nproc obeys'],
    ['governor run --restarts 3 --timeout 3600 -- ./serve', 'restart it if it fails, end it after an hour'],
    ['governor run --verify=10 --enforce -- ./train', 'put back workers that pin themselves elsewhere'],
    ['governor run --lend -- python3 train.py', 'workers borrow the CPUs that others leave idle'],
    ['governor run --report run.json -- ./train', 'keep a record of the run'],
    ['governor run --wait -- ./train', 'wait until others have given back enough CPUs'],
  ],
  exitStatus: [
    ['any', "the program's exit status; 128 + N if signal N ended it"],
    ['124', '--timeout ended the program'],
    NOT_CLAIMED_EXIT_STATUS,
    ...NOT_STARTED_EXIT_STATUS,
  ],
};
