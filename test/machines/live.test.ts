import assert from 'node:assert/strict';
import type { Context } from 'mocha';
import { join } from 'node:path';
import { formatCpulist } from '../../lib/core/cpuset.js';
import { allowedCpus, type Host } from '../../lib/core/machine/host.js';
import { requirePackages } from '../helpers/debian.js';
import { GUEST_PROGRAMS } from '../helpers/processes/governed.js';
import { assertSameMachine, toldBy } from '../helpers/machine/machine-tools.js';
import { GOVERNOR } from '../helpers/shared.js';
import { inMachine } from '../helpers/machine/vm.js';

/** Boots a machine, and compares what all tools print there. */
async function compared(test: Context, options: readonly string[], seconds?: number): Promise<Host> {
  requirePackages(test, 'hwloc');
  const { status, stdout, stderr } = await inMachine(
    test,
    options,
    ['sh', join(GUEST_PROGRAMS, 'tell_machine.sh'), process.execPath, GOVERNOR],
    seconds,
  );
  assert.equal(status, 0, stderr);
  const told = toldBy(stdout);
  assertSameMachine(told);
  return told.host;
}

const shape = (host: Host) => {
  const count = (key: 'core' | 'package' | 'numa') => new Set(host.cpus.flatMap(cpu => cpu[key] ?? [])).size;
  return `${count('package')} packages, ${count('numa')} NUMA nodes, ${count('core')} cores, ${host.cpus.length} CPUs`;
};

describe('a running machine is read as lscpu, nproc and hwloc read it', () => {
  it('6 cores × 2 threads, siblings far apart', async function () {
    const host = await compared(this, ['--siblings', 'apart']);
    assert.equal(shape(host), '1 packages, 1 NUMA nodes, 6 cores, 12 CPUs');
    assert.equal(host.cpus[6]!.core, 0);
  });

  it('2 packages × 4 cores × 2 threads on 2 NUMA nodes', async function () {
    assert.equal(
      shape(await compared(this, ['--smp', 'sockets=2,cores=4,threads=2', '--numa', '2'])),
      '2 packages, 2 NUMA nodes, 8 cores, 16 CPUs',
    );
  });

  it('2 dies of 3 cores × 2 threads in one package, each with an L3 cache', async function () {
    const host = await compared(this, ['--smp', 'dies=2,cores=3,threads=2']);
    assert.equal(shape(host), '1 packages, 1 NUMA nodes, 6 cores, 12 CPUs');
    assert.deepEqual(host.caches.L3.map(formatCpulist), ['0-5', '6-11']);
  });

  it('one CPU of a core offline, and both of another', async function () {
    const host = await compared(this, ['--offline', '3,6,7']);
    assert.equal(shape(host), '1 packages, 1 NUMA nodes, 5 cores, 12 CPUs');
    assert.equal(formatCpulist(allowedCpus(host)), '0-2,4-5,8-11');
  });

  it('a cpuset and a quota of cgroup v2, in a namespace like that of a container', async function () {
    const { limits } = await compared(this, ['--cgroupns', '--cpuset', '1-4,9', '--cpu-max', '250000 100000']);
    assert.deepEqual(limits.cpuset, { value: [1, 2, 3, 4, 9], source: '/sys/fs/cgroup/cpuset.cpus.effective' });
    assert.deepEqual(limits.quota, { value: 2.5, source: '/sys/fs/cgroup/cpu.max' });
  });

  it('isolated CPUs, which are not in our affinity', async function () {
    const host = await compared(this, ['--append', 'isolcpus=2-3']);
    assert.equal(formatCpulist(allowedCpus(host)), '0-1,4-11');
  });

  it('64 cores', async function () {
    assert.equal(shape(await compared(this, ['--smp', 'cores=64'])), '1 packages, 1 NUMA nodes, 64 cores, 64 CPUs');
  });

  it('255 cores, the most that QEMU emulates (boots in 2 to 4 minutes)', async function () {
    assert.equal(
      shape(await compared(this, ['--smp', 'cores=255'], 900)),
      '1 packages, 1 NUMA nodes, 255 cores, 255 CPUs',
    );
  });
});
