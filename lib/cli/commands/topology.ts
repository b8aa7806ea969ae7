import { writeFileSync } from 'node:fs';
import { computeBudget } from '../../core/budget/budget.js';
import { planPlacement } from '../../core/placement/planned-use.js';
import { badInput } from '../../errors.js';
import { jsonText } from '../../report/json.js';
import { formatSvgTopology } from '../../report/machine/svg-topology.js';
import { formatTopology } from '../../report/machine/topology.js';
import type { CommandAction } from '../command.js';
import { budgetOptions, givenHostOrThis } from '../options.js';
import { output } from '../output.js';

export const printTopology: CommandAction = async (_, flags) => {
  const host = await givenHostOrThis(flags);
  if (flags.json) return output.out(jsonText(host));
  const plan = planPlacement(host, computeBudget(host, budgetOptions(flags), process.env), { policy: flags.policy });
  if (flags.svg === undefined) return output.out(formatTopology(host, plan));
  write(flags.svg, formatSvgTopology(host, plan));
};

function write(file: string, svg: string): void {
  if (file === '-') return output.out(svg.trimEnd());
  try {
    writeFileSync(file, svg);
  } catch (error) {
    throw badInput('svg', file, `a file that can be written (${(error as Error).message})`);
  }
}
