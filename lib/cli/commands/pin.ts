import { pin } from '../../api/pin.js';
import type { PinResult } from '../../core/processes/pin.js';
import { jsonText } from '../../report/json.js';
import { formatPin } from '../../report/processes/pin.js';
import { runWarning, UNSETTLED } from '../../report/warnings.js';
import type { CommandAction } from '../command.js';
import { warn } from '../messages.js';
import { budgetOptions } from '../options.js';
import { output } from '../output.js';
import { parsePid } from '../values.js';

export const pinProgram: CommandAction = async ([pid], flags) => {
  const { policy, near, restore, dryRun } = flags;
  const result = await pin(parsePid(pid!), {
    ...budgetOptions(flags),
    policy,
    near,
    restore,
    dryRun,
    onWarning: warning => warn(runWarning(warning)),
  });
  output.out(flags.json ? jsonText(result, 2) : formatPin(result));
  for (const warning of warningsOf(result)) warn(warning);
};

function warningsOf({ workers, places, settled }: PinResult): string[] {
  return [
    ...(workers > places.length ? [runWarning({ kind: 'places-shared', workers, places })] : []),
    ...(settled ? [] : [UNSETTLED]),
  ];
}
