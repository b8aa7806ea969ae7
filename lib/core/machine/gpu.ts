import type { Cpuset } from '../cpuset.js';
import type { Gpu, Host } from './host.js';
import type { PciRecord } from '../records.js';
import { badInput } from '../../errors.js';

/** What counts as a GPU: devices of these classes (PCI Code and ID Assignment Specification) that these vendors made. */
export const GPU_CLASSES: readonly { code: number; name: string }[] = [
  { code: 0x0300, name: 'VGA compatible controller' },
  { code: 0x0302, name: '3D controller' },
  { code: 0x0380, name: 'display controller' },
  { code: 0x1200, name: 'processing accelerator' },
];
export const GPU_VENDORS: readonly { code: number; name: string }[] = [
  { code: 0x1002, name: 'AMD' },
  { code: 0x10de, name: 'NVIDIA' },
  { code: 0x8086, name: 'Intel' },
];

/** What CPUs can be asked to be near to. */
export type NearDevice = 'gpu';

/**
 * Reads the GPUs out of what the kernel's files say, in the order of their addresses.
 * @param online CPUs that are near to a GPU of which nothing else is told
 */
export function interpretGpus(records: readonly PciRecord[], online: Cpuset): Gpu[] {
  return [...records]
    .sort((a, b) => byAddress(a.address, b.address))
    .map(({ address, vendor, device, numaNode, localCpus }) => {
      const local = online.filter(cpu => localCpus?.includes(cpu));
      return {
        address,
        vendor: GPU_VENDORS.find(known => known.code === vendor)?.name ?? code(vendor),
        device: device === null ? null : code(device),
        numa: numaNode === null || numaNode < 0 ? null : numaNode,
        cpus: local.length > 0 ? local : online,
      };
    });
}

/**
 * Of each GPU the CPUs that are local to it: what `places` takes as `prefer`.
 * @throws GovernorError BAD_INPUT where there is no GPU, or something else is asked for
 */
export function cpusNear(near: NearDevice | undefined, host: Host): Cpuset[] | undefined {
  if (near === undefined) return undefined;
  if (near !== 'gpu') throw badInput('near', near, "'gpu'");
  if (host.gpus.length === 0) {
    const vendors = GPU_VENDORS.map(vendor => vendor.name).join(', ');
    throw badInput('near', near, `a machine with a GPU of ${vendors}; there is none in /sys/bus/pci/devices`);
  }
  return host.gpus.map(gpu => gpu.cpus);
}

/** Domain, bus, device and function as numbers: a domain may have more than four digits. */
function byAddress(a: string, b: string): number {
  const parts = (address: string) => address.split(/[:.]/).map(part => parseInt(part, 16));
  const others = parts(b);
  return (
    parts(a)
      .map((part, i) => part - others[i]!)
      .find(difference => difference !== 0) ?? 0
  );
}

function code(value: number): string {
  return `0x${value.toString(16).padStart(4, '0')}`;
}
