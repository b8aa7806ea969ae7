import type { Cpuset } from '../cpuset.js';
import type { Gpu, Host } from './host.js';
import type { PciRecord } from '../records.js';
import { badInput } from '../../errors.js';

/** A GPU is a device of one of these classes (PCI Code and ID Assignment Specification) from one of these vendors. */
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

/** A kind of device that places can be near. */
export type NearDevice = 'gpu';

/**
 * Interprets the kernel's PCI records as GPUs, in the order of their addresses.
 * @param online the CPUs of a GPU whose local CPUs are unknown
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
 * The local CPUs of each GPU, for the option `prefer` of `places`.
 * @throws GovernorError BAD_INPUT if there is no GPU, or `near` is not 'gpu'
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

/** Compares domain, bus, device and function as numbers: a domain may have more than four digits. */
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
