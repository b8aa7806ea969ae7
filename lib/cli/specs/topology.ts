import { BUDGET } from '../flags/budget.js';
import { svg } from '../flags/formats.js';
import { MACHINE } from '../flags/machine.js';
import { json } from '../flags/output.js';
import { policy } from '../flags/placement.js';
import { PRINTED_EXIT_STATUS, type CommandSpec } from './spec.js';

export const topologySpec: CommandSpec = {
  name: 'topology',
  summary: 'show the machine as this process sees it, and which worker would get which CPUs',
  flags: [...BUDGET, policy, svg, json, ...MACHINE],
  conflicts: { json: [...BUDGET, policy].map(flag => flag.name) },
  notes: ['--json prints the machine only, for --host: no workers, whatever the budget.'],
  examples: [
    ['governor topology'],
    ['governor topology --workers 4 --policy numa', 'where four workers would go'],
    ['governor topology --svg machine.svg', 'a drawing'],
    ['governor topology --json >machine.json && governor budget --host machine.json', 'the same machine elsewhere'],
    ['governor topology --sysroot recording/', 'a recorded machine'],
  ],
  exitStatus: PRINTED_EXIT_STATUS,
};
