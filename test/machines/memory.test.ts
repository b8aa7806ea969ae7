import assert from 'node:assert/strict';
import type { Context } from 'mocha';
import { join } from 'node:path';
import { requirePackages } from '../helpers/debian.js';
import { GUEST_PROGRAMS } from '../helpers/processes/governed.js';
import { GOVERNOR, PROJECT, PYTHON } from '../helpers/shared.js';
import { inMachine } from '../helpers/machine/vm.js';

interface Worker {
  place: number[];
  memory: string;
  /** what `numactl --show` prints in the worker */
  shown: string;
}

interface Pools {
  thread: Worker[];
  process: Worker[];
  own: string;
  warnings: { name: string; code: string; message: string }[];
}

const MACHINE = ['--smp', 'sockets=2,cores=2,threads=1', '--numa', '2'];

/** Starts both kinds of pool on a machine of 2 NUMA nodes with CPUs 0-1 and 2-3, once behind each of these commands. */
async function pools(test: Context, places: number[][], ...before: string[][]): Promise<Pools[]> {
  requirePackages(test, 'numactl');
  const files = [
    join(GUEST_PROGRAMS, 'memory_pools.mjs'),
    join(PROJECT, 'dist/lib/index.js'),
    join(GUEST_PROGRAMS, 'tell_memory.mjs'),
  ];
  const command = [process.execPath, ...files, JSON.stringify(places)];
  const script = before.map(words => `${words.join(' ')} "$@"`).join(' && ');
  const { status, stdout, stderr } = await inMachine(test, MACHINE, ['sh', '-c', script, 'sh', ...command]);
  assert.equal(status, 0, stderr);
  return stdout
    .trim()
    .split('\n')
    .map(line => JSON.parse(line) as Pools);
}

/** Policy, preferred node and CPUs in the output of `numactl --show`. */
function fieldsOf(text: string): [string | undefined, string | undefined, string | undefined] {
  const field = (name: string) => new RegExp(`^${name}: (.*?) *$`, 'm').exec(text)?.[1];
  return [field('policy'), field('preferred node'), field('physcpubind')];
}

const workersOf = (found: Pools) => [...found.thread, ...found.process];

describe('on a machine of 2 NUMA nodes', () => {
  it("pinWorkers lets threads and processes prefer their node's memory, as numactl shows in them", async function () {
    const [plain, own] = await pools(this, [[0], [3], [2, 3], [1, 2]], [], ['numactl', '--interleave=all']);
    for (const kind of ['thread', 'process'] as const) {
      assert.deepEqual(
        plain![kind].map(worker => worker.memory),
        ['preferred', 'preferred', 'preferred', 'none'],
        'the last place spans both nodes',
      );
      assert.deepEqual(
        plain![kind].map(worker => fieldsOf(worker.shown)),
        [
          ['preferred', '0', '0'],
          ['preferred', '1', '3'],
          ['preferred', '1', '2 3'],
          ['default', 'current', '1 2'],
        ],
      );
      assert.ok(
        own![kind].every(worker => worker.memory === 'none' && fieldsOf(worker.shown)[0] === 'interleave'),
        "the user's own policy stays",
      );
    }
    assert.equal(fieldsOf(plain!.own)[0], 'default', 'ours is as it was');
    assert.equal(fieldsOf(own!.own)[0], 'interleave');
    assert.deepEqual([...plain!.warnings, ...own!.warnings], []);
  });

  it('if the kernel refuses a memory policy, workers are pinned all the same, with one warning', async function () {
    const refusing = (error: string, calls: string) => [PYTHON, join(GUEST_PROGRAMS, 'refuse_calls.py'), error, calls];
    const both = 'set_mempolicy,get_mempolicy';
    const refused = await pools(
      this,
      [[0], [3]],
      refusing('EPERM', both),
      refusing('EPERM', 'set_mempolicy'),
      refusing('ENOSYS', both),
    );
    assert.equal(refused.length, 3);
    for (const found of refused) {
      assert.deepEqual(
        workersOf(found).map(worker => worker.memory),
        ['refused', 'refused', 'refused', 'refused'],
      );
      assert.deepEqual(
        workersOf(found).map(worker => /^physcpubind: (.*?) *$/m.exec(worker.shown)?.[1]),
        ['0', '3', '0', '3'],
      );
      assert.deepEqual(
        found.warnings.map(({ name, code }) => `${name} ${code}`),
        ['GovernorWarning GOVERNOR_MEMORY'],
      );
      assert.match(found.warnings[0]!.message, /^workers are pinned, but the kernel refused .*set_mempolicy.*$/);
    }
  });

  it('so does launch', async function () {
    const refuse = join(GUEST_PROGRAMS, 'refuse_calls.py');
    const { status, stdout, stderr } = await inMachine(this, MACHINE, [
      ...[PYTHON, refuse, 'EPERM', 'set_mempolicy', process.execPath, GOVERNOR, 'launch', '-n', '4', '-q'],
      ...['sed', '-n', 's/^Cpus_allowed_list:.//p', '/proc/self/status'],
    ]);
    assert.equal(status, 0, stderr);
    assert.deepEqual(stdout.trim().split('\n').sort(), ['[0] 0', '[1] 1', '[2] 2', '[3] 3']);
    assert.match(stderr, /^governor: ranks are pinned, but the kernel refused .*set_mempolicy.*$/m);
  });
});
