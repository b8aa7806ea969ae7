import assert from 'node:assert/strict';
import { join } from 'node:path';
import { PROGRAMS } from '../helpers/governed.js';
import { GOVERNOR } from '../helpers/shared.js';
import { inMachine } from '../helpers/vm.js';

describe('governor launch on 6 cores of 2 CPUs', () => {
  it('12 ranks have a CPU each; one whose CPU goes offline is seen, told, and given another', async function () {
    const { status, stdout, stderr } = await inMachine(this, [], ['sh', join(PROGRAMS, 'tell_launch.sh'), process.execPath, GOVERNOR]);
    assert.equal(status, 0, stderr);
    const [places, said, end] = stdout.split('==\n');
    const cpus = places!.trim().split('\n').map(line => /^\[(\d+)\] (\d+)$/.exec(line)!.slice(1).map(Number));
    assert.deepEqual(cpus.map(([rank]) => rank).sort((a, b) => a! - b!), [...Array(12).keys()]);
    assert.equal(new Set(cpus.map(([, cpu]) => cpu)).size, 12);
    assert.match(said!, /rank \d+: CPU 5 of its place 5 is offline or not allowed any more; --enforce gives it others/);
    assert.match(said!.slice(said!.indexOf('offline')), /12 ranks, .*every thread is in its rank's place/);
    const [affinity, exit] = end!.trim().split('\n');
    assert.match(affinity!, /: (?!5$)\d+$/);
    assert.equal(exit, '143');
  });
});
