import { BUDGET } from '../flags/budget.js';
import { MACHINE } from '../flags/machine.js';
import { json } from '../flags/output.js';
import { PRINTED_EXIT_STATUS, type CommandSpec } from './spec.js';

export const budgetSpec: CommandSpec = {
  name: 'budget',
  summary: 'print how many workers and threads to use, and which limit decides',
  flags: [...BUDGET, json, ...MACHINE],
  examples: [
    ['governor budget'],
    ['governor budget --workers 4', 'how many threads four workers get'],
    ['governor budget --memory-per-worker 4G --json', 'no more workers than the memory holds'],
  ],
  exitStatus: PRINTED_EXIT_STATUS,
};
