import assert from 'node:assert/strict';
import { formatCpulist, type Cpuset } from '../../../lib/core/cpuset.js';
import type { Cpu, Host } from '../../../lib/core/machine/host.js';

/** The answers that fixtures/programs/tell_machine.sh prints. */
export interface Told {
  lscpu: string;
  nproc: string;
  hwloc: string;
  host: Host;
}

export function toldBy(stdout: string): Told {
  const answers = Object.fromEntries(
    stdout
      .split(/^== /m)
      .slice(1)
      .map(part => {
        const end = part.indexOf('\n');
        return [part.slice(0, end), part.slice(end + 1)];
      }),
  );
  const { lscpu = '', nproc = '', hwloc = '', governor = '' } = answers;
  return { lscpu, nproc, hwloc, host: JSON.parse(governor) as Host };
}

/** Holds where our reading of the machine, lscpu's, nproc's and hwloc's are one. */
export function assertSameMachine({ lscpu, nproc, hwloc, host }: Told): void {
  const online = host.cpus.filter(cpu => cpu.online);
  const rows = lscpu
    .split('\n')
    .filter(line => /^\d/.test(line))
    .map(line => line.split(',').map(word => (word === '' ? null : Number(word))));
  assert.equal(formatCpulist(online.map(cpu => cpu.cpu)), formatCpulist(rows.map(row => row[0]!)), 'online, lscpu');
  assert.equal(host.cpus.filter(cpu => cpu.allowed).length, Number(nproc), 'allowed, nproc');
  const columns = { core: 1, package: 2, numa: 3 };
  for (const key of ['core', 'package', 'numa'] as const) {
    assert.equal(
      text(partition(online, key)),
      text(
        groups(
          rows,
          row => row[columns[key]]!,
          row => row[0]!,
        ),
      ),
      `${key}, lscpu`,
    );
  }
  assert.deepEqual(
    online.map(cpu => cpu.numa),
    rows.map(row => row[3]),
    'the numbers of NUMA nodes, lscpu',
  );

  assert.equal(text(partition(online, 'core')), text(objects(hwloc, 'Core')), 'cores, hwloc');
  assert.equal(text(partition(online, 'package')), text(objects(hwloc, 'Package')), 'packages, hwloc');
  assert.equal(text(host.numaNodes.map(node => node.cpus)), text(objects(hwloc, 'NUMANode')), 'NUMA nodes, hwloc');
  for (const [level, type] of [
    ['L1d', 'L1Cache'],
    ['L2', 'L2Cache'],
    ['L3', 'L3Cache'],
  ] as const) {
    assert.equal(text(host.caches[level]), text(objects(hwloc, type)), `${level}, hwloc`);
  }
}

function partition(cpus: readonly Cpu[], key: 'core' | 'package' | 'numa'): Cpuset[] {
  return groups(
    cpus,
    cpu => cpu[key],
    cpu => cpu.cpu,
  );
}

function groups<Row>(rows: readonly Row[], keyOf: (row: Row) => unknown, cpuOf: (row: Row) => number): Cpuset[] {
  const found = new Map<unknown, number[]>();
  for (const row of rows) found.set(keyOf(row), [...(found.get(keyOf(row)) ?? []), cpuOf(row)]);
  return [...found.values()];
}

/** The CPUs of every object of a type in hwloc's XML. */
function objects(xml: string, type: string): Cpuset[] {
  return [...xml.matchAll(new RegExp(`<object type="${type}"[^>]* cpuset="([^"]*)"`, 'g'))]
    .map(match => cpusOfMask(match[1]!))
    .filter(cpus => cpus.length > 0);
}

/** hwloc's "0x00000001,,0xff": words of 32 bits, the highest first, an empty one is 0. */
function cpusOfMask(mask: string): Cpuset {
  return mask
    .split(',')
    .reverse()
    .flatMap((word, i) => {
      const bits = BigInt(word || 0);
      return Array.from({ length: 32 }, (_, bit) => bit)
        .filter(bit => (bits >> BigInt(bit)) & 1n)
        .map(bit => i * 32 + bit);
    });
}

function text(sets: readonly Cpuset[]): string {
  return sets
    .map(set => formatCpulist(set))
    .sort()
    .join(' | ');
}
