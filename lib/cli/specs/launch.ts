import { BUDGET, except, exportFlag, ncoresPerInstance, ninstances } from '../flags/budget.js';
import { dryRun, keepGoing, LIFECYCLE } from '../flags/lifecycle.js';
import { json, logDir, noPrefix, quiet, quietRanks, report } from '../flags/output.js';
import { cpuBind, lend, near, numaBinding, policy, share, wait } from '../flags/placement.js';
import { NOT_CLAIMED_EXIT_STATUS, NOT_STARTED_EXIT_STATUS, type CommandSpec } from './spec.js';

export const launchSpec: CommandSpec = {
  name: 'launch',
  summary: 'start ranks of a program, each pinned to its own CPUs from its first instruction',
  program: true,
  flags: [
    ...BUDGET,
    exportFlag,
    except,
    ninstances,
    ncoresPerInstance,
    policy,
    numaBinding,
    cpuBind,
    near,
    share,
    lend,
    wait,
    keepGoing,
    ...LIFECYCLE,
    dryRun,
    quiet,
    noPrefix,
    quietRanks,
    logDir,
    report,
    json,
  ],
  conflicts: { 'dry-run': ['report'] },
  needs: { json: 'dry-run' },
  notes: [
    'Each rank gets RANK, LOCAL_RANK, WORLD_SIZE, LOCAL_WORLD_SIZE, MASTER_ADDR, MASTER_PORT (a free port), the ' +
      'governed thread variables, and its place in GOVERNOR_CPUS. Rank 0 has the standard input.',
    'The first rank that fails ends the others. Nothing that ranks have started outlives the launch, even if ' +
      'governor itself is killed.',
    'Add --dry-run to a complete command line to see its plan. Options that matter only while ranks run are then ' +
      'checked, and have no effect.',
  ],
  examples: [
    ['governor launch -n 4 -- python3 train.py', 'four ranks that share out the CPUs'],
    ['governor launch -t 2 -- ./train', 'as many ranks of two threads as the CPUs allow'],
    ['governor launch -n 8 --policy numa --dry-run -- ./train', 'print the plan only'],
    ['governor launch -n 2 --near gpu --log-dir logs -- python3 ddp.py', 'ranks near their GPUs, a log for each'],
    ['governor launch -n 4 --restarts 3 --timeout 3600 -- ./serve', 'restart failed ranks, end after an hour'],
    ['governor launch --wait -- ./train', 'wait until others have given back enough CPUs'],
  ],
  exitStatus: [
    ['0', 'every rank succeeded'],
    ['any', 'the exit status of the first rank that failed; 128 + N if signal N ended it'],
    ['124', '--timeout ended the ranks'],
    NOT_CLAIMED_EXIT_STATUS,
    ...NOT_STARTED_EXIT_STATUS,
  ],
};
