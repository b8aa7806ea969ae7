import assert from 'node:assert/strict';
import { join } from 'node:path';
import { GUEST_PROGRAMS } from '../helpers/processes/governed.js';
import { GOVERNOR } from '../helpers/shared.js';
import { inMachine } from '../helpers/machine/vm.js';

const RANKS = 64;
const upTo = (count: number) => Array.from({ length: count }, (_, i) => i);

describe('governor launch on 2 packages, each a NUMA node of 32 CPUs', () => {
  it("gives each of 64 ranks its rank, a CPU and its node's memory, as the kernel and taskset show", async function () {
    const { status, stdout, stderr } = await inMachine(
      this,
      ['--smp', 'sockets=2,cores=32,threads=1', '--numa', '2'],
      ['sh', join(GUEST_PROGRAMS, 'tell_ranks.sh'), process.execPath, GOVERNOR, String(RANKS)],
    );
    assert.equal(status, 143, stderr);
    const [printed, seen, verified] = stdout.split('==\n').map(text => text.trim());
    const ranks = printed!
      .split('\n')
      .map(line => {
        const [pid, ...rest] = line.split(' ');
        const [rank, local, world, localWorld, chosen, cpu] = rest.slice(0, 6).map(Number);
        return { pid, rank: rank!, local, world, localWorld, chosen, cpu: cpu!, memory: rest[6] };
      })
      .sort((a, b) => a.rank - b.rank);
    assert.deepEqual(
      ranks.map(({ rank, local, world, localWorld }) => [rank, local, world, localWorld]),
      upTo(RANKS).map(rank => [rank, rank, RANKS, RANKS]),
    );
    assert.deepEqual(
      ranks.map(({ cpu }) => cpu).sort((a, b) => a - b),
      upTo(RANKS),
    );
    for (const { rank, cpu, chosen, memory } of ranks) {
      assert.deepEqual(
        { chosen, memory },
        { chosen: cpu, memory: `prefer:${cpu < RANKS / 2 ? 0 : 1}` },
        `rank ${rank}`,
      );
    }
    const byTaskset = new Map(
      seen!.split('\n').map(line => /^pid (\d+)'s .*: (\S+)$/.exec(line)!.slice(1) as [string, string]),
    );
    for (const { pid, cpu } of ranks) assert.equal(byTaskset.get(pid!), String(cpu));
    assert.match(
      verified!,
      /64 ranks, 64 threads, \d+ computing; every thread is in its rank's place, and no two ranks share a place$/,
    );
  });
});
