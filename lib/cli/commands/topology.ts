import { Command } from 'commander';
import { writeFileSync } from 'node:fs';
import { computeBudget } from '../../core/budget/budget.js';
import { planPlacement } from '../../core/placement/planned-use.js';
import { badInput } from '../../errors.js';
import { readHost } from '../../system/machine/host.js';
import { formatSvgTopology } from '../../report/machine/svg-topology.js';
import { formatTopology } from '../../report/machine/topology.js';
import { output } from '../output.js';
import { budgetOptions, givenHost, withFlags, type Flags } from '../flags.js';

export function topologyCommand(): Command {
  const command = new Command('topology')
    .description(
      'the machine as this process sees it: packages, cores, CPUs, caches, limits, and which worker would get what',
    )
    .option('--svg <FILE>', 'draw it into a file instead; - is stdout')
    .addHelpText(
      'after',
      `
Examples:
  governor topology
  governor topology --workers 4 --policy numa
  governor topology --svg machine.svg
  governor topology --json >machine.json && governor budget --host machine.json
  governor topology --sysroot recording/`,
    );
  return withFlags(command, 'budget', 'placement', 'host', 'json').action(async (flags: Flags & { svg?: string }) => {
    if (flags.json && flags.svg !== undefined) throw badInput('svg', flags.svg, 'one of --svg and --json');
    const host = (await givenHost(flags)) ?? readHost();
    if (flags.json) return output.out(JSON.stringify(host));
    const plan = planPlacement(host, computeBudget(host, budgetOptions(flags), process.env), { policy: flags.policy });
    if (flags.svg === undefined) return output.out(formatTopology(host, plan));
    write(flags.svg, formatSvgTopology(host, plan));
  });
}

function write(file: string, svg: string): void {
  if (file === '-') return output.out(svg.trimEnd());
  try {
    writeFileSync(file, svg);
  } catch (error) {
    throw badInput('svg', file, `a file that can be written (${(error as Error).message})`);
  }
}
