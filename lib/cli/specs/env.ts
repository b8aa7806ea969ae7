import { BUDGET, except, exportFlag } from '../flags/budget.js';
import { format } from '../flags/formats.js';
import { MACHINE } from '../flags/machine.js';
import { json } from '../flags/output.js';
import { PRINTED_EXIT_STATUS, type CommandSpec } from './spec.js';

export const envSpec: CommandSpec = {
  name: 'env',
  summary: "print the variables that limit libraries' threads",
  flags: [...BUDGET, exportFlag, except, format, json, ...MACHINE],
  notes: ['Variables that you have set keep their values.'],
  examples: [
    ['eval "$(governor env)"', 'set them in this shell'],
    ['governor env --format docker >threads.env && docker run --env-file threads.env IMAGE', 'set them in a container'],
    ['governor env --export POOL_SIZE=workers --export CACHES=memory-workers:16G', "set the program's own as well"],
  ],
  exitStatus: PRINTED_EXIT_STATUS,
};
