import { fixFormat, maxDemand, maxRatio } from '../flags/formats.js';
import { json } from '../flags/output.js';
import { apply, otherUsers } from '../flags/resize.js';
import { window } from '../flags/sampling.js';
import type { CommandSpec } from './spec.js';

export const auditSpec: CommandSpec = {
  name: 'audit',
  summary: 'show which library created each thread of a program, whether that is too many, and how to fix it',
  argument: { name: 'PID', help: 'a process; its descendants are audited too', completes: 'process' },
  flags: [window, maxDemand, maxRatio, fixFormat, apply, otherUsers, json],
  needs: { 'other-users': 'apply' },
  notes: [
    'The program is only read, never stopped. With --apply its pools are resized as by governor resize, and stacked ' +
      'workers are pinned as by governor pin; resize --undo and pin --restore take that back.',
    'Verdicts: fine; idle: almost nothing wants to run; over-subscribed: more threads want to run than there are ' +
      'CPUs; stacked: threads share a few CPUs while others that they could use are idle; thrashing: so many threads ' +
      'that they keep displacing each other; throttled by quota: the control group has used up its CPU time; starved ' +
      'by others: there are enough CPUs, but other programs use them.',
  ],
  examples: [
    ['governor audit 4242'],
    ['governor audit --window 5 $(pgrep -n python3)', 'sample for five seconds'],
    ['governor audit --json --max-ratio 1.7 4242', 'a check for CI'],
    ['governor audit --fix-format slurm 4242', 'the fix as a batch script'],
    ['governor audit --apply 4242', 'repair it while it runs'],
  ],
  exitStatus: [
    ['0', 'fine, idle, or starved by others'],
    ['1', 'over-subscribed, stacked, thrashing, throttled, or above --max-demand or --max-ratio'],
    ['2', 'bad input, or the program could not be audited'],
  ],
};
