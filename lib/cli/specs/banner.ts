import { BUDGET } from '../flags/budget.js';
import { MACHINE } from '../flags/machine.js';
import { PRINTED_EXIT_STATUS, type CommandSpec } from './spec.js';

export const bannerSpec: CommandSpec = {
  name: 'banner',
  summary: 'print what a governed program would start with (the default command)',
  flags: [...BUDGET, ...MACHINE],
  examples: [
    ['governor'],
    ['governor --workers 4', 'with four workers'],
    ['governor banner --host machine.json', 'on another machine'],
  ],
  exitStatus: PRINTED_EXIT_STATUS,
};
