import assert from 'node:assert/strict';
import type { RunMeasurement } from '../../lib/core/launch/measured.js';
import type { ThreadRecord } from '../../lib/core/processes/records.js';
import { RunMeter } from '../../lib/runtime/run-meter.js';

const threads = (count: number): ThreadRecord[] =>
  Array.from({ length: count }, (_, tid) => ({
    tid,
    comm: 'thread',
    state: 'R',
    startTime: 1,
    cpuTime: 0,
    affinity: [0],
  }));

describe('the meter of a run', () => {
  /** A run of five threads, then of two; `begin` starts it. */
  const measured = (run: (meter: RunMeter, later: () => void) => void): RunMeasurement[] => {
    const reports: RunMeasurement[] = [];
    let now = { threads: threads(5), held: new Map([['a', 0]]) };
    const meter = new RunMeter({ look: () => now, onMeasured: report => reports.push(report) });
    run(meter, () => {
      now = {
        threads: threads(2),
        held: new Map([
          ['a', 0],
          ['b', 1],
        ]),
      };
    });
    return reports;
  };

  it('reports at the end what it has measured since workers last got places', () => {
    const reports = measured((meter, later) => {
      meter.placed();
      later();
      meter.placed();
      meter.stop();
      meter.stop();
    });
    assert.deepEqual(reports, [{ workers: 2, places: 2, threads: 2, working: 2, demand: 2 }]);
  });
  it('reports nothing for a short run without workers', () => {
    assert.deepEqual(
      measured(meter => meter.stop()),
      [],
    );
  });
});
