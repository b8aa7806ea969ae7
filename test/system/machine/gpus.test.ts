import assert from 'node:assert/strict';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readHost } from '../../../lib/index.js';
import { temporaryDirectory } from '../../helpers/processes/governed.js';
import { governor } from '../../helpers/processes/run.js';

/** A machine of CPUs 0-3, online 0-2, with PCI devices after Documentation/ABI/testing/sysfs-bus-pci: files by address. */
function machine(devices: Record<string, Record<string, string>>): string {
  const root = temporaryDirectory();
  const write = (path: string, text: string) => {
    mkdirSync(join(root, path, '..'), { recursive: true });
    writeFileSync(join(root, path), `${text}\n`);
  };
  write('sys/devices/system/cpu/online', '0-2');
  write('sys/devices/system/cpu/present', '0-3');
  mkdirSync(join(root, 'sys/bus/pci/devices'), { recursive: true });
  for (const [address, files] of Object.entries(devices)) {
    for (const [file, text] of Object.entries(files)) write(`sys/devices/pci0000:00/${address}/${file}`, text);
    symlinkSync(`../../../devices/pci0000:00/${address}`, join(root, 'sys/bus/pci/devices', address));
  }
  return root;
}

const NVIDIA = {
  class: '0x030200',
  vendor: '0x10de',
  device: '0x2330',
  numa_node: '1',
  local_cpus: '4',
  local_cpulist: '2',
};
const MACHINE = {
  '0000:af:00.0': { ...NVIDIA, class: '0x030000', numa_node: '0', local_cpus: '00000000,00000003', local_cpulist: '3' },
  '0000:3b:00.0': NVIDIA,
  '0000:00:02.0': { class: '0x030000', vendor: '0x8086', device: '0x9bc5', numa_node: '-1', local_cpulist: '0-2' },
  '0000:c1:00.0': { class: '0x120000', vendor: '0x1002', device: '0x740f', numa_node: '0', local_cpus: '0' },
  '0000:c2:00.0': { class: '0x038000', vendor: '0x1002' },
  '0000:02:00.0': { class: '0x030000', vendor: '0x1a03', device: '0x2000' },
  '0000:3b:00.1': { ...NVIDIA, class: '0x040300' },
  '0000:01:00.0': { class: '0x020000', vendor: '0x8086', device: '0x1521' },
};

describe('GPUs in sysfs', () => {
  it('are those of NVIDIA, AMD and Intel, each with its NUMA node and local CPUs', () => {
    assert.deepEqual(readHost({ sysroot: machine(MACHINE) }).gpus, [
      { address: '0000:00:02.0', vendor: 'Intel', device: '0x9bc5', numa: null, cpus: [0, 1, 2] },
      { address: '0000:3b:00.0', vendor: 'NVIDIA', device: '0x2330', numa: 1, cpus: [2] },
      { address: '0000:af:00.0', vendor: 'NVIDIA', device: '0x2330', numa: 0, cpus: [0, 1] },
      { address: '0000:c1:00.0', vendor: 'AMD', device: '0x740f', numa: 0, cpus: [0, 1, 2] },
      { address: '0000:c2:00.0', vendor: 'AMD', device: null, numa: null, cpus: [0, 1, 2] },
    ]);
  });

  it('are told by governor topology, a line each', async () => {
    const { stdout } = await governor(['topology', '--sysroot', machine(MACHINE)]);
    assert.deepEqual(
      stdout.split('\n').filter(line => line.startsWith('GPU')),
      [
        'GPU 0000:00:02.0: Intel 0x9bc5, local CPUs 0-2',
        'GPU 0000:3b:00.0: NVIDIA 0x2330, NUMA node 1, local CPUs 2',
        'GPU 0000:af:00.0: NVIDIA 0x2330, NUMA node 0, local CPUs 0-1',
        'GPU 0000:c1:00.0: AMD 0x740f, NUMA node 0, local CPUs 0-2',
        'GPU 0000:c2:00.0: AMD, local CPUs 0-2',
      ],
    );
  });

  it('are none on a machine without, or without a PCI bus', () => {
    assert.deepEqual(readHost({ sysroot: machine({ '0000:01:00.0': MACHINE['0000:01:00.0'] }) }).gpus, []);
    assert.deepEqual(readHost({ sysroot: machine({}) }).gpus, []);
  });
});
