import { json } from '../flags/output.js';
import { RESIZE } from '../flags/resize.js';
import type { CommandSpec } from './spec.js';

export const resizeSpec: CommandSpec = {
  name: 'resize',
  summary: 'resize the thread pools of a running program, without stopping it; without options: show them',
  argument: { name: 'PID', help: 'a process; the pools of its descendants are resized too', completes: 'process' },
  flags: [...RESIZE, json],
  notes: [
    'A pool uses its new size from its next piece of work on. OpenBLAS cannot use more threads than it has started. ' +
      'OpenBLAS, BLIS, libgomp, libomp and libiomp5 can be resized; of other pools, such as those of TBB or rayon, ' +
      'the output says why they cannot.',
    'Only sizes in libraries that are recognised are written, by symbols and code; each is read back. The sizes from ' +
      'before are kept for --undo as long as the program runs. A program that sets the number itself may do so again.',
  ],
  examples: [
    ['governor resize 4242', 'show the pools and their sizes'],
    ['governor resize --threads 1 4242', 'one thread for each pool'],
    ['governor resize --budget 4242', 'share out the CPUs among its workers'],
    ['governor resize --threads 2 --library OpenBLAS 4242', 'only OpenBLAS'],
    ['governor resize --undo 4242', 'the sizes from before'],
  ],
  exitStatus: [
    ['0', 'shown, or resized as wanted'],
    ['1', 'some pools could not get the size that was wanted, or some processes could not be looked at'],
    ['2', 'bad input, not permitted, or nothing to undo; nothing was changed'],
  ],
};
