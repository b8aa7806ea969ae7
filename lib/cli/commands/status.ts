import { status } from '../../api/claims.js';
import { formatStatus } from '../../report/claims/status.js';
import { jsonText } from '../../report/json.js';
import type { CommandAction } from '../command.js';
import { output } from '../output.js';

export const printStatus: CommandAction = async (_, flags) => {
  const result = await status();
  output.out(flags.json ? jsonText(result, 2) : formatStatus(result));
};
