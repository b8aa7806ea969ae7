import { computeBudget } from '../../core/budget/budget.js';
import { exportedVariables } from '../../core/budget/exports.js';
import { marked, threadEnvironment } from '../../core/budget/thread-environment.js';
import { formatEnvironment } from '../../report/budget/environment.js';
import { jsonText } from '../../report/json.js';
import { keptVariable } from '../../report/warnings.js';
import type { CommandAction } from '../command.js';
import { warn } from '../messages.js';
import { budgetOptions, givenHostOrThis } from '../options.js';
import { output } from '../output.js';

export const printEnvironment: CommandAction = async (_, flags) => {
  const host = await givenHostOrThis(flags);
  const budget = computeBudget(host, budgetOptions(flags), process.env);
  const { set, kept } = threadEnvironment(
    { workers: budget.cpuWorkers, threads: budget.threadsPerWorker },
    process.env,
    { except: flags.except },
  );
  const variables = { ...marked(set, process.env), ...exportedVariables(flags.export ?? [], budget, host) };
  for (const variable of kept) warn(keptVariable(variable));
  output.out(
    flags.json ? jsonText({ set: variables, kept }, 2) : formatEnvironment(variables, flags.format ?? 'shell'),
  );
};
