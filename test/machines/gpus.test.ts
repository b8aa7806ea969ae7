import assert from 'node:assert/strict';
import { join } from 'node:path';
import type { Host } from '../../lib/index.js';
import { inMachineWithGpus } from '../helpers/machine/gpu-machine.js';
import { GUEST_PROGRAMS, OBSERVERS } from '../helpers/processes/governed.js';
import { inMachine } from '../helpers/machine/vm.js';
import { GOVERNOR, PROJECT, PYTHON } from '../helpers/shared.js';

const MACHINE = ['--smp', 'sockets=2,cores=2,threads=1', '--numa', '2'];
/** Two workers that print their own affinity once it is a single CPU. */
const POOL = `
import json, multiprocessing, os
context = multiprocessing.get_context('fork')
both = context.Barrier(2)
def tell(index):
    while len(os.sched_getaffinity(0)) > 1: pass
    both.wait()
    return sorted(os.sched_getaffinity(0))
with context.Pool(2) as pool: print(json.dumps(sorted(pool.map(tell, range(2), 1))))`;

describe('on a machine of 2 NUMA nodes with a GPU at each', () => {
  it('topology shows node and local CPUs of each GPU, and --near gpu places workers on those CPUs', async function () {
    const script = `"$0" topology --json && "$0" topology &&
      for i in 41 81; do cat /sys/bus/pci/devices/0000:$i:00.0/local_cpulist; done &&
      "$0" run -q --near gpu --workers 2 --threads-per-worker 1 --reserve 0 -- ${PYTHON} -c "$1" &&
      ${process.execPath} "$2" "$3" "$4"`;
    const { status, stdout, stderr } = await inMachineWithGpus(this, [0, 1], MACHINE, [
      'sh',
      '-c',
      script,
      GOVERNOR,
      POOL,
      join(GUEST_PROGRAMS, 'pinned_near_gpus.mjs'),
      join(PROJECT, 'dist/lib/index.js'),
      join(OBSERVERS, 'tell_affinity.mjs'),
    ]);
    assert.equal(status, 0, stderr);
    const lines = stdout.trim().split('\n');
    const { gpus } = JSON.parse(lines[0]!) as Host;
    assert.deepEqual(
      gpus,
      [
        { address: '0000:41:00.0', vendor: 'AMD', device: '0x5046', numa: 0, cpus: [0, 1] },
        { address: '0000:81:00.0', vendor: 'AMD', device: '0x5046', numa: 1, cpus: [2, 3] },
      ],
      'the display adapter of another vendor is none',
    );
    assert.ok(lines.includes('GPU 0000:81:00.0: AMD 0x5046, NUMA node 1, local CPUs 2-3'), stdout);
    assert.deepEqual(lines.slice(-4, -1), ['0-1', '2-3', '[[0], [2]]'], 'without --near they are on 0 and 1');
    const pinned = [
      { place: [0], memory: 'preferred' },
      { place: [2], memory: 'preferred' },
    ];
    assert.deepEqual(JSON.parse(lines.at(-1)!), { thread: pinned, process: pinned });
  });
});

describe('governor launch --near gpu on that machine', () => {
  it('places rank i near the i-th visible GPU; a UUID gives a warning, and all GPUs count', async function () {
    const launch =
      '"$0" launch -q --near gpu -n 2 --reserve 0 --no-prefix -- sh -c \'echo $RANK: $GOVERNOR_CPUS\' | sort';
    const visible = [
      'HIP_VISIBLE_DEVICES=1,0',
      'ROCR_VISIBLE_DEVICES=1',
      'ROCR_VISIBLE_DEVICES=GPU-89',
      'HIP_VISIBLE_DEVICES=',
    ];
    const script = visible.map(variable => `${variable} ${launch}`).join('; ');
    const { stdout, stderr } = await inMachineWithGpus(this, [0, 1], MACHINE, ['sh', '-c', script, GOVERNOR]);
    assert.deepEqual(stdout.trim().split('\n'), ['0: 2-3', '1: 0-1', '0: 2-3', '1: 0-1', '0: 0-1', '1: 2-3'], stderr);
    const [uuid, none, ...more] = stderr.trim().split('\n');
    assert.match(uuid!, /^governor: ROCR_VISIBLE_DEVICES=GPU-89: /);
    assert.match(none!, /^governor: invalid --near "gpu": expected a visible GPU; HIP_VISIBLE_DEVICES= hides all 2$/);
    assert.deepEqual(more, []);
  });
});

describe('on a machine without a GPU', () => {
  it('governor run --near gpu says so in one line, and starts nothing', async function () {
    const { status, stdout, stderr } = await inMachine(
      this,
      ['--smp', '2'],
      [GOVERNOR, 'run', '--near', 'gpu', '--', 'echo', 'started'],
    );
    assert.deepEqual({ status, stdout }, { status: 2, stdout: '' });
    assert.match(stderr, /^governor: invalid --near "gpu": expected a machine with a GPU .*\n$/);
  });
});
