import { Command } from 'commander';
import { readHost } from '../../system/host.js';
import { formatTopology } from '../../report/topology.js';
import { output } from '../output.js';
import { givenHost, withFlags, type Flags } from '../flags.js';

export function topologyCommand(): Command {
  const command = new Command('topology').description('the machine as this process sees it: packages, cores, CPUs, caches, limits')
    .addHelpText('after', `
Examples:
  governor topology
  governor topology --json >machine.json && governor budget --host machine.json
  governor topology --sysroot recording/`);
  return withFlags(command, 'host', 'json').action(async (flags: Flags) => {
    const host = (await givenHost(flags)) ?? readHost();
    output.out(flags.json ? JSON.stringify(host) : formatTopology(host));
  });
}
