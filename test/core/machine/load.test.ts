import assert from 'node:assert/strict';
import fc from 'fast-check';
import { loadBetween, parseCpuTimes } from '../../../lib/core/machine/load.js';
import { holds } from '../../helpers/property.js';

const stat = (...rows: string[]) =>
  parseCpuTimes(['cpu  9 9 9 9 9 9 9 9 0 0', ...rows, 'intr 1 2 3', 'ctxt 5'].join('\n'));

describe('the load of each CPU, by /proc/stat', () => {
  it('is the time neither idle nor waiting for I/O', () => {
    const before = stat('cpu0 10 0 0 90 0 0 0 0 0 0', 'cpu1 0 0 0 100 0 0 0 0 0 0');
    const after = stat('cpu0 13 1 1 92 1 1 1 0 0 0', 'cpu1 0 0 0 110 0 0 0 0 0 0');
    assert.deepEqual(
      [...loadBetween(before, after)],
      [
        [0, 0.7],
        [1, 0],
      ],
    );
  });
  it("a guest's time is counted once", () =>
    assert.deepEqual(stat('cpu0 10 0 0 10 0 0 0 0 10 0').get(0), { busy: 10, total: 20 }));
  it('works with the fewer figures of older kernels', () =>
    assert.deepEqual(stat('cpu3 10 0 0 10').get(3), { busy: 10, total: 20 }));
  it('omits a CPU without a tick, and one that is new or gone', () => {
    assert.deepEqual([...loadBetween(stat('cpu0 1 0 0 1', 'cpu1 1 0 0 1'), stat('cpu0 1 0 0 1', 'cpu2 9 0 0 9'))], []);
  });
  it('is from 0 to 1 whatever the file contains', () => {
    const rows = fc.array(
      fc
        .tuple(fc.integer({ min: 0, max: 3 }), fc.array(fc.nat(), { minLength: 1, maxLength: 10 }))
        .map(([cpu, ticks]) => `cpu${cpu} ${ticks.join(' ')}`),
    );
    holds([rows, rows], (before, after) => {
      for (const load of loadBetween(stat(...before), stat(...after)).values()) assert.ok(load >= 0 && load <= 1);
    });
  });
});
