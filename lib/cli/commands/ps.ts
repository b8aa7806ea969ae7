import { ps } from '../../api/ps.js';
import { isCrowded } from '../../core/audit/program-demand.js';
import { tooMuch } from '../../core/audit/verdict.js';
import { formatPrograms } from '../../report/audit/ps.js';
import { jsonText } from '../../report/json.js';
import type { CommandAction } from '../command.js';
import { output, style, terminalWidth } from '../output.js';

/** Characters in a line if stdout is no terminal. */
const WIDTH = 160;

export const listPrograms: CommandAction = async (_, flags, setStatus) => {
  const all = await ps({ window: flags.window });
  const shown = all.filter(program => flags.all || isCrowded(program)).slice(0, flags.limit);
  output.out(
    flags.json
      ? jsonText(shown, 2)
      : formatPrograms(shown, all, terminalWidth() ?? WIDTH, (styles, text) => style(1, styles, text)),
  );
  setStatus(all.some(({ verdict }) => tooMuch(verdict)) ? 1 : 0);
};
