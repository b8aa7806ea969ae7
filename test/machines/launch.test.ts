import assert from 'node:assert/strict';
import { join } from 'node:path';
import { GUEST_PROGRAMS } from '../helpers/processes/governed.js';
import { GOVERNOR } from '../helpers/shared.js';
import { inMachine } from '../helpers/machine/vm.js';

const RANKS = [...Array(12).keys()];
const EVERY_THREAD = /^governor: 12 ranks, .*every thread is in its rank's place/m;

/** The one CPU of each rank, as taskset shows it, and what governor printed before. */
function ranksAfter(part: string): { said: string; cpus: number[] } {
  const lines = [...part.matchAll(/^pid \d+'s .*: (\d+)$/gm)];
  assert.equal(lines.length, RANKS.length, part);
  return { said: part.slice(0, lines[0]!.index), cpus: lines.map(line => Number(line[1])) };
}

describe('governor launch on 6 cores of 2 CPUs', () => {
  it('gives 12 ranks a CPU each, replaces CPUs that go offline or leave the cpuset, restores them', async function () {
    const { status, stdout, stderr } = await inMachine(
      this,
      [],
      ['sh', join(GUEST_PROGRAMS, 'tell_launch.sh'), process.execPath, GOVERNOR],
    );
    assert.equal(status, 0, stderr);
    const [places, offline, smaller, wide, exit] = stdout.split('==\n');
    const cpus = places!
      .trim()
      .split('\n')
      .map(line => /^\[(\d+)\] (\d+)$/.exec(line)!.slice(1).map(Number));
    assert.deepEqual(
      cpus.map(([rank]) => rank).sort((a, b) => a! - b!),
      RANKS,
    );
    const ofRank = new Map(cpus as [number, number][]);
    assert.deepEqual(
      [...ofRank.values()].sort((a, b) => a - b),
      RANKS,
    );

    const without5 = ranksAfter(offline!);
    assert.match(
      without5.said,
      /^governor: rank \d+: CPU 5 of its place 5 is offline or no longer allowed; --enforce replaces them$/m,
    );
    assert.match(without5.said.slice(without5.said.indexOf('offline')), EVERY_THREAD);
    for (const rank of RANKS) {
      if (ofRank.get(rank) === 5) assert.notEqual(without5.cpus[rank], 5);
      else assert.equal(without5.cpus[rank], ofRank.get(rank));
    }

    const within7 = ranksAfter(smaller!);
    const lost = [
      ...within7.said.matchAll(/^governor: rank (\d+): CPU (\d+) of its place \2 is offline or no longer allowed/gm),
    ].map(match => match.slice(1).map(Number));
    assert.deepEqual(new Set(lost.map(([, cpu]) => cpu)), new Set([8, 9, 10, 11]));
    for (const [rank, cpu] of lost) assert.equal(ofRank.get(rank!), cpu);
    assert.match(within7.said.slice(within7.said.indexOf('CPU 11')), EVERY_THREAD);
    assert.ok(
      within7.cpus.every(cpu => cpu < 8),
      String(within7.cpus),
    );
    assert.equal(new Set(within7.cpus).size, 8, 'no CPU is left idle while others have two ranks');

    const again = ranksAfter(wide!);
    for (const cpu of [8, 9, 10, 11])
      assert.match(again.said, new RegExp(`^governor: rank \\d+ is back on its place ${cpu}, instead of [0-7]$`, 'm'));
    for (const rank of RANKS) assert.equal(again.cpus[rank], ofRank.get(rank));
    assert.equal(exit!.trim(), '143');
  });
});
