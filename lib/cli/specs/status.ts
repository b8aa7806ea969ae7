import { json } from '../flags/output.js';
import { PRINTED_EXIT_STATUS, type CommandSpec } from './spec.js';

export const statusSpec: CommandSpec = {
  name: 'status',
  summary: 'show who holds which CPUs of this machine, who waits for some, and which are free',
  flags: [json],
  notes: [
    'States of a CPU: claimed: a run, a launch or pinWorkers of any user holds it; pinned: nobody has claimed it, ' +
      'but a program is confined to it by mpirun, taskset or the like; busy: more than half of the last 0.1 s was ' +
      'not idle; idle: none of these.',
  ],
  examples: [['governor status'], ['governor status --json'], ['watch governor status', 'again every two seconds']],
  exitStatus: PRINTED_EXIT_STATUS,
};
