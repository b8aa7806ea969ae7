import type { Context } from 'mocha';
import type { Finished } from '../processes/run.js';
import { inMachine } from './vm.js';

/** A device on a root port of its own. */
function port(id: string, bus: string, chassis: number, device: string): string[] {
  return ['-device', `pcie-root-port,id=${id},bus=${bus},chassis=${chassis}`, '-device', `${device},bus=${id}`];
}

/**
 * Runs a command in an emulated machine that has an AMD display adapter (1002:5046) on each of these NUMA nodes, and
 * one of QEMU's own (1234:1111) on the last. SeaBIOS boots it: qboot sets up no PCI bridges.
 */
export function inMachineWithGpus(
  test: Context,
  nodes: readonly number[],
  options: readonly string[],
  command: readonly string[],
): Promise<Finished> {
  const gpus = nodes.flatMap((node, i) => [
    '-device',
    `pxb-pcie,id=bridge${i},bus=pcie.0,bus_nr=${64 * (i + 1)},numa_node=${node}`,
    ...port(`port${i}`, `bridge${i}`, i + 1, 'ati-vga,romfile='),
  ]);
  const console = port('console', `bridge${nodes.length - 1}`, nodes.length + 1, 'bochs-display');
  const qemu = ['-bios', 'bios-256k.bin', ...gpus, ...console].join(' ');
  return inMachine(test, [...options, '--qemu', qemu], command);
}
