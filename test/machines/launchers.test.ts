import assert from 'node:assert/strict';
import { join } from 'node:path';
import { requirePackages } from '../helpers/debian.js';
import { toldPlaces } from '../helpers/engines.js';
import { GUEST_PROGRAMS } from '../helpers/processes/governed.js';
import { GOVERNOR } from '../helpers/shared.js';
import { inMachine } from '../helpers/machine/vm.js';

describe('governor exec under mpirun, on 2 packages of 3 cores × 2 threads', () => {
  it('divides CPUs that ranks share, and keeps a rank on CPUs that mpirun gave only to it', async function () {
    requirePackages(this, 'openmpi-bin');
    const { status, stdout, stderr } = await inMachine(
      this,
      ['--smp', 'sockets=2,cores=3,threads=2', '--numa', '2'],
      ['sh', join(GUEST_PROGRAMS, 'tell_mpi.sh'), GOVERNOR, join(GUEST_PROGRAMS, 'tell_place.sh')],
    );
    assert.equal(status, 0, stderr);
    const [free, cores, packages] = stdout.split('==\n').slice(0, 3).map(toldPlaces);
    for (const ranks of [free!, cores!, packages!]) {
      const cpus = ranks.flatMap(({ has }) => has);
      assert.equal(new Set(cpus).size, cpus.length, 'no CPU twice');
      for (const { pid, began, given, has, threads } of ranks) {
        assert.equal(pid, began);
        assert.ok(has.every(cpu => given.includes(cpu)));
        assert.ok(Number(threads) <= has.length);
      }
    }
    assert.deepEqual(free!.map(({ has, threads }) => `${has.length} CPUs, ${threads} threads`).sort(), [
      '2 CPUs, 2 threads',
      ...Array(3).fill('3 CPUs, 2 threads'),
    ]);
    for (const { has, threads } of [...cores!, ...packages!]) assert.equal(threads, String(has.length));
    assert.deepEqual(
      cores!.map(({ given }) => given),
      [
        [0, 1],
        [2, 3],
      ],
    );
    assert.deepEqual(
      cores!.map(({ has }) => has),
      [
        [0, 1],
        [2, 3],
      ],
    );
    assert.deepEqual(
      packages!.map(({ given }) => given[0]),
      [0, 0, 6, 6],
    );
  });
});
