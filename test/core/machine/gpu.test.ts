import assert from 'node:assert/strict';
import { computeBudget, type BudgetOptions } from '../../../lib/core/budget/budget.js';
import { formatCpulist, parseCpulist } from '../../../lib/core/cpuset.js';
import { cpusNear, GPU_CLASSES, GPU_VENDORS, interpretGpus, type NearDevice } from '../../../lib/core/machine/gpu.js';
import type { Gpu, Host } from '../../../lib/core/machine/host.js';
import { distinctPlaces, places } from '../../../lib/core/placement/places.js';
import type { PciRecord } from '../../../lib/core/records.js';
import { HOSTS, madeHost } from '../../helpers/machine/hosts.js';
import { anyHost, badInputError, holds } from '../../helpers/property.js';

const ONLINE = [0, 1, 2, 3];
const record = (told: Partial<PciRecord> = {}): PciRecord => ({
  address: '0000:3b:00.0',
  deviceClass: 0x030200,
  vendor: 0x10de,
  device: 0x2330,
  numaNode: 1,
  localCpus: [2, 3],
  ...told,
});
const one = (told: Partial<PciRecord>) => interpretGpus([record(told)], ONLINE)[0]!;
const gpu = (address: string, numa: number | null, cpulist: string): Gpu => ({
  address,
  vendor: 'NVIDIA',
  device: '0x2330',
  numa,
  cpus: parseCpulist(cpulist),
});

describe('GPUs: what the kernel reports', () => {
  it('address, vendor, device, NUMA node, local CPUs', () => {
    assert.deepEqual(one({}), { address: '0000:3b:00.0', vendor: 'NVIDIA', device: '0x2330', numa: 1, cpus: [2, 3] });
    assert.deepEqual(
      [0x1002, 0x8086, 0x1234].map(vendor => one({ vendor }).vendor),
      ['AMD', 'Intel', '0x1234'],
    );
  });
  it('-1 means no NUMA node', () =>
    assert.deepEqual(
      [-1, null, 0].map(numaNode => one({ numaNode }).numa),
      [null, null, 0],
    ));
  it('local CPUs are the online ones; all CPUs if unknown', () => {
    assert.deepEqual(
      [[3, 4, 5], [], [9], null].map(localCpus => one({ localCpus }).cpus),
      [[3], ONLINE, ONLINE, ONLINE],
    );
  });
  it('in the order of their addresses, by number', () => {
    const addresses = ['10000:00:02.0', '0000:e1:00.0', '0000:3b:00.1', '0000:3b:00.0', 'a000:00:00.0', '0000:3a:1f.0'];
    assert.deepEqual(
      interpretGpus(
        addresses.map(address => record({ address })),
        ONLINE,
      ).map(found => found.address),
      ['0000:3a:1f.0', '0000:3b:00.0', '0000:3b:00.1', '0000:e1:00.0', 'a000:00:00.0', '10000:00:02.0'],
    );
  });
  it('a display controller, 3D controller or accelerator from a GPU vendor', () => {
    assert.deepEqual(
      GPU_CLASSES.map(({ code }) => code),
      [0x0300, 0x0302, 0x0380, 0x1200],
    );
    assert.deepEqual(
      GPU_VENDORS.map(({ code }) => code),
      [0x1002, 0x10de, 0x8086],
    );
  });
});

/** 2 NUMA nodes with 4 cores each: CPUs 0-3 and 4-7. */
const TWO_NODES = madeHost({ packages: 2, cores: 8 });
const withGpus = (...gpus: Gpu[]): Host => ({ ...TWO_NODES, gpus });
const placed = (host: Host, options: BudgetOptions = {}) => {
  const budget = computeBudget(host, { reserve: 0, ...options });
  return places(host, budget, budget.workers, { prefer: cpusNear('gpu', host) })
    .map(formatCpulist)
    .join(' ');
};

describe('near gpu: worker i is on CPUs local to GPU i', () => {
  const both = withGpus(gpu('0000:3b:00.0', 1, '4-7'), gpu('0000:af:00.0', 0, '0-3'));

  it('one thread each', () => assert.equal(placed(both, { workers: 2, threadsPerWorker: 1 }), '4 0'));
  it('several threads each', () => assert.equal(placed(both, { workers: 2 }), '4-7 0-3'));
  it('more workers than GPUs: the GPUs repeat', () =>
    assert.equal(placed(both, { workers: 4, threadsPerWorker: 1 }), '4 0 5 1'));
  it("places workers elsewhere if the local CPUs are used up, without taking another GPU's CPUs", () => {
    const one = withGpus(gpu('0000:3b:00.0', 1, '4-7'));
    assert.equal(placed(one), '4 5 6 7 0 1 2 3');
    const crowded = withGpus(gpu('0000:3b:00.0', 1, '4'), gpu('0000:3c:00.0', 1, '4'), gpu('0000:3d:00.0', 0, '0'));
    assert.equal(placed(crowded, { workers: 3, threadsPerWorker: 1 }), '4 1 0');
  });
  it('a quota changes neither the number of CPUs nor that they are local', () => {
    assert.equal(placed({ ...both, limits: { ...both.limits, quota: { value: 2, source: '' } } }), '4 0');
  });
  it('the reserve stays free', () =>
    assert.equal(placed(both, { workers: 7, threadsPerWorker: 1, reserve: 1 }), '4 0 5 1 6 2 3'));
  it('stays within the allowed CPUs', () => {
    const narrowed = { ...madeHost({ packages: 2, cores: 8, cpuset: '0-4' }), gpus: both.gpus };
    assert.equal(placed(narrowed, { workers: 3, threadsPerWorker: 1 }), '4 0 1');
  });
  it('on any machine there are as many places, as large and as disjoint as without it', () => {
    holds([anyHost], host => {
      const budget = computeBudget(host);
      const near = host.cpus
        .filter(cpu => cpu.online)
        .map(cpu => [cpu.cpu])
        .reverse();
      const [far, close] = [distinctPlaces(host, budget), distinctPlaces(host, budget, { prefer: near })];
      assert.deepEqual(
        close.map(place => place.length),
        far.map(place => place.length),
      );
      assert.equal(new Set(close.flat()).size, close.flat().length);
      const allowed = new Set(host.cpus.filter(cpu => cpu.allowed).map(cpu => cpu.cpu));
      assert.ok(close.flat().every(cpu => allowed.has(cpu)));
    });
  });
  it('changes nothing if not requested', () => assert.equal(cpusNear(undefined, both), undefined));
  it('is rejected without a GPU, or for another device', () => {
    const none = /^invalid near "gpu": expected a machine with a GPU of AMD, NVIDIA, Intel; there is none in /;
    assert.throws(() => cpusNear('gpu', HOSTS.smt12), badInputError(none));
    assert.throws(() => cpusNear('disk' as NearDevice, both), badInputError(/^invalid near "disk": expected 'gpu'$/));
  });
});
