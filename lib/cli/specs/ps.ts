import { all, limit } from '../flags/formats.js';
import { json } from '../flags/output.js';
import { window } from '../flags/sampling.js';
import type { CommandSpec } from './spec.js';

export const psSpec: CommandSpec = {
  name: 'ps',
  summary: 'list the programs of this machine that have more demand or threads than CPUs, worst first',
  flags: [window, all, limit, json],
  notes: [
    'A program is a process and its descendants, below what started it: a shell, sshd, a service manager, a ' +
      'terminal. Nothing is stopped, and no privileges are needed. To look into a program: governor audit PID.',
    'Columns: WANTED is the CPUs that its threads ran on or waited for; DEMAND is that ÷ CPUs; RATIO is threads ÷ ' +
      'CPUs, sleeping ones included; CPUS are those it may use.',
  ],
  examples: [
    ['governor ps'],
    ['governor ps --all --window 5', 'every program, sampled for five seconds'],
    ['governor ps --json --limit 1', 'the worst one'],
  ],
  exitStatus: [
    ['0', 'no program is over-subscribed, thrashing or throttled by its quota'],
    ['1', 'at least one is'],
    ['2', 'bad input, or the machine could not be read'],
  ],
};
