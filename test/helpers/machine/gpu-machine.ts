import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Context } from 'mocha';
import { temporaryDirectory } from '../processes/governed.js';
import { finished, type Finished } from '../processes/run.js';
import { shared } from '../shared.js';

/**
 * Runs a command in a virtual machine as `inMachine` does, with a display adapter of AMD's (emulated: 1002:5046) behind a
 * root port on each of these NUMA nodes, and one of QEMU's own (1234:1111) on the last. The machine's program is started
 * by way of a script of that name that adds them. qboot sets up no bridges: SeaBIOS boots it.
 */
export async function inMachineWithGpus(
  test: Context,
  nodes: readonly number[],
  options: readonly string[],
  command: readonly string[],
): Promise<Finished> {
  const run = shared(test, 'vm/vm-run');
  test.timeout(400_000);
  const port = (id: string, bus: string, chassis: number, display: string) => [
    '-device',
    `pcie-root-port,id=${id},bus=${bus},chassis=${chassis}`,
    '-device',
    `${display},bus=${id}`,
  ];
  const devices = nodes.flatMap((node, i) => [
    '-device',
    `pxb-pcie,id=bridge${i},bus=pcie.0,bus_nr=${64 * (i + 1)},numa_node=${node}`,
    ...port(`port${i}`, `bridge${i}`, i + 1, 'ati-vga,romfile='),
  ]);
  const console = port('console', `bridge${nodes.length - 1}`, nodes.length + 1, 'bochs-display');
  const directory = temporaryDirectory();
  const qemu = execFileSync('sh', ['-c', 'command -v qemu-system-x86_64'], { encoding: 'utf8' }).trim();
  const script = `#!/bin/sh\nexec ${qemu} "$@" -bios bios-256k.bin ${[...devices, ...console].join(' ')}\n`;
  writeFileSync(join(directory, 'qemu-system-x86_64'), script, { mode: 0o755 });
  const environment = { PATH: `${directory}:${process.env['PATH']}` };
  return finished([run, '--timeout', '300', ...options, '--', ...command], environment);
}
