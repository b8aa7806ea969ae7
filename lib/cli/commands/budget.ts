import { budget } from '../../api/budget.js';
import { formatBudget } from '../../report/budget/budget.js';
import { jsonText } from '../../report/json.js';
import type { CommandAction } from '../command.js';
import { budgetOptions, givenHostOrThis } from '../options.js';
import { output } from '../output.js';

export const printBudget: CommandAction = async (_, flags) => {
  const result = budget({ ...budgetOptions(flags), host: await givenHostOrThis(flags) });
  output.out(flags.json ? jsonText(result, 2) : formatBudget(result));
};
