import { Command, Option } from 'commander';
import { pin } from '../../api/pin.js';
import type { PinResult } from '../../core/processes/pin.js';
import { formatPin } from '../../report/processes/pin.js';
import { runWarning, UNSETTLED } from '../../report/warnings.js';
import { budgetOptions, withFlags, type Flags } from '../flags.js';
import { output, style } from '../output.js';
import { parsePid } from '../values.js';

interface PinFlags extends Flags {
  restore?: boolean;
  dryRun?: boolean;
}

export function pinCommand(): Command {
  const command = new Command('pin')
    .description('spread a running program over the CPUs that it may use, each of its workers on a place of its own')
    .argument('<PID>', 'a process; its descendants are pinned too')
    .addOption(
      new Option('--restore', 'put back what was before it was pinned first').conflicts([
        'workers',
        'threadsPerWorker',
        'reserve',
        'physical',
        'policy',
        'near',
      ]),
    )
    .option('--dry-run', 'print who would get what, and change nothing')
    .addHelpText(
      'after',
      `
The workers are found as governor run finds them, and share the CPUs out, all threads of each on its place; a program
without workers is one worker. Parents and helpers float over all CPUs that the program may use, the reserve too. What
was before is kept for --restore. Where anything fails everything is put back.

Examples:
  governor pin 4242
  governor pin --dry-run 4242
  governor pin --threads-per-worker 2 --policy numa 4242
  governor pin --restore 4242

Exit status: 0 done; 2 bad input, not permitted, or nothing to restore.`,
    );
  return withFlags(command, 'threads', 'placement', 'near', 'json').action(async (pid: string, flags: PinFlags) => {
    const { policy, near, restore, dryRun } = flags;
    const result = await pin(parsePid(pid), {
      ...budgetOptions(flags),
      policy,
      near,
      restore,
      dryRun,
      onWarning: warning => warn(runWarning(warning)),
    });
    output.out(flags.json ? JSON.stringify(result, null, 2) : formatPin(result));
    for (const warning of warningsOf(result)) warn(warning);
  });
}

const warn = (text: string) => output.error(`${style(2, 'yellow', 'governor:')} ${text}`);

function warningsOf({ workers, places, settled }: PinResult): string[] {
  return [
    ...(workers > places.length ? [runWarning({ kind: 'places-shared', workers, places })] : []),
    ...(settled ? [] : [UNSETTLED]),
  ];
}
