import { resize } from '../../api/resize.js';
import { isComplete } from '../../core/resize/result.js';
import { jsonText } from '../../report/json.js';
import { formatResize } from '../../report/resize/resize.js';
import type { CommandAction } from '../command.js';
import { output } from '../output.js';
import { parsePid } from '../values.js';

export const resizePools: CommandAction = async ([pid], flags, setStatus) => {
  const { threads, budget, library, undo, otherUsers, dryRun } = flags;
  const result = await resize(parsePid(pid!), { threads, budget, library, undo, otherUsers, dryRun });
  output.out(flags.json ? jsonText(result, 2) : formatResize(result));
  setStatus(isComplete(result) ? 0 : 1);
};
