import assert from 'node:assert/strict';
import { join } from 'node:path';
import { requirePackages } from '../helpers/debian.js';
import { SAMPLES } from '../helpers/engines.js';
import { GUEST_PROGRAMS, OBSERVERS } from '../helpers/processes/governed.js';
import { GOVERNOR, PROJECT, PYTHON } from '../helpers/shared.js';
import { inMachine } from '../helpers/machine/vm.js';

interface PoolTrain {
  tree_threads: number;
  affinity: number[];
  per_worker: { affinity: number[]; threads: number }[];
}

const ALL = Array.from({ length: 12 }, (_, cpu) => cpu);

describe('on a machine of 6 cores × 2 threads', () => {
  it('governor run gives 11 numpy workers a CPU each, with as many threads as the banner expects', async function () {
    requirePackages(this, 'python3-numpy');
    const sample = join(SAMPLES, 'pool_train.py');
    const { status, stdout, stderr } = await inMachine(
      this,
      [],
      [GOVERNOR, 'run', '--', PYTHON, sample, '--workers', '11', '--seconds', '4', '--size', '64'],
    );
    assert.equal(status, 0, stderr);
    const trained = JSON.parse(stdout) as PoolTrain;
    assert.match(stderr, /^\[HW AUTO-DETECT\] Physical Cores: 6 \| Logical Cores: 12$/m);
    assert.match(stderr, /^\[HW AUTO-DETECT\] Worker Processes: 11 x BLAS Threads: 1 = ~11 compute threads$/m);
    assert.match(stderr, /^\[HW AUTO-DETECT\] Expected total threads: ~11-21 \(vs 152 ungoverned\)$/m);
    const cpus = trained.per_worker.map(worker => worker.affinity);
    assert.ok(
      cpus.every(affinity => affinity.length === 1),
      'each on one CPU',
    );
    assert.equal(new Set(cpus.flat()).size, 11, 'no CPU twice');
    assert.deepEqual(trained.affinity, ALL, 'the parent is free');
    assert.ok(trained.tree_threads <= 21, `${trained.tree_threads} threads`);
    const measured = /^governor: 11 workers on 11 places; (\d+) threads, within the 11-21 expected/m.exec(stderr);
    assert.ok(measured, stderr);
    process.stderr.write(
      `      measured: ${trained.tree_threads} threads by the program, ${measured[1]} by governor; 11-21 expected\n`,
    );
  });

  it('pinWorkers pins 11 threads and 11 processes, as taskset shows', async function () {
    const { status, stdout, stderr } = await inMachine(
      this,
      [],
      [
        process.execPath,
        join(GUEST_PROGRAMS, 'pinned_pools.mjs'),
        join(PROJECT, 'dist/lib/index.js'),
        join(OBSERVERS, 'tell_affinity.mjs'),
      ],
    );
    assert.equal(status, 0, stderr);
    const pools = JSON.parse(stdout) as Record<string, { place: number[]; held: string[] }[]>;
    for (const kind of ['thread', 'process']) {
      const workers = pools[kind]!;
      assert.equal(new Set(workers.flatMap(worker => worker.place)).size, 11);
      for (const { place, held } of workers)
        assert.ok(held.length > 0 && held.every(list => list === String(place[0])), `${place}: ${held}`);
    }
  });

  it('the banner expects 56 threads ungoverned with OMP_NUM_THREADS=5', async function () {
    const { stdout } = await inMachine(this, ['--env', 'OMP_NUM_THREADS=5'], [GOVERNOR]);
    assert.match(stdout, /^\[HW AUTO-DETECT\] Expected total threads: ~16-21 \(vs 56 ungoverned\)$/m);
  });
});

describe('on machines with limits', () => {
  it('a quota of 1.5 CPUs in the parent control group: one worker, and a line with the reason', async function () {
    const nested = 'mkdir /sys/fs/cgroup/vm-run/in && echo $$ >/sys/fs/cgroup/vm-run/in/cgroup.procs && exec "$@"';
    const { stdout, stderr } = await inMachine(
      this,
      ['--cpu-max', '150000 100000'],
      ['sh', '-c', nested, 'sh', GOVERNOR],
    );
    assert.match(
      stdout,
      /^\[HW AUTO-DETECT\] Limited by CPU quota: 1\.5 CPUs of time \(\/sys\/fs\/cgroup\/vm-run\/cpu\.max\)$/m,
      stderr,
    );
    assert.match(stdout, /Worker Processes: 1 x/);
  });

  it('a cpuset of 4 CPUs, and 2 other CPUs offline: 4 workers, no reserve', async function () {
    const { stdout, stderr } = await inMachine(
      this,
      ['--offline', '10,11', '--cpuset', '2-5'],
      ['sh', '-c', '"$0" budget --json; nproc; "$0" topology --json', GOVERNOR],
    );
    const [budget, topology] = [stdout.slice(0, stdout.indexOf('\n}\n') + 2), stdout.slice(stdout.indexOf('\n{') + 1)];
    assert.match(stdout, /^4$/m, `nproc; ${stderr}`);
    const { workers, reserve } = JSON.parse(budget) as { workers: number; reserve: { cpus: number } };
    assert.deepEqual({ workers, reserve: reserve.cpus }, { workers: 4, reserve: 0 });
    const { cpus } = JSON.parse(topology) as { cpus: { cpu: number; online: boolean; allowed: boolean }[] };
    assert.deepEqual(
      cpus.filter(cpu => cpu.allowed).map(cpu => cpu.cpu),
      [2, 3, 4, 5],
    );
    assert.deepEqual(
      cpus.filter(cpu => !cpu.online).map(cpu => cpu.cpu),
      [10, 11],
    );
  });
});
