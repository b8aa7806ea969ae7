import assert from 'node:assert/strict';
import { DemandWindow, likelyActive, switchRates } from '../../../lib/core/audit/demand.js';
import type { SwitchesRecord, ThreadSamplesRecord } from '../../../lib/core/records.js';

interface Seen {
  tid: number;
  startTime?: number;
  state?: string;
  run?: number;
  wait?: number;
  slices?: number;
}

/** A sample taken `at` seconds after the first; the threads' times are in seconds. */
function look(at: number, threads: readonly Seen[]): ThreadSamplesRecord {
  const column = (figure: (seen: Seen) => number) => Float64Array.from(threads, figure);
  const whole = (figure: (seen: Seen) => number) => Int32Array.from(threads, figure);
  return {
    sets: [[0, 1]],
    names: ['python3'],
    states: threads.map(seen => seen.state ?? 'S').join(''),
    pid: whole(() => 7),
    tid: whole(seen => seen.tid),
    startTime: column(seen => seen.startTime ?? 1),
    readAt: column(() => 1e12 + at * 1e9),
    lastCpu: whole(() => 1),
    name: whole(() => 0),
    affinity: whole(() => 0),
    run: column(seen => (seen.run ?? 0) * 1e9),
    wait: column(seen => (seen.wait ?? 0) * 1e9),
    slices: column(seen => seen.slices ?? 0),
  };
}

function uses(...looks: ThreadSamplesRecord[]) {
  const window = new DemandWindow();
  for (const one of looks) window.add(one);
  return window.result().map(({ tid, run, wait, sliceMs, alive }) => ({
    tid,
    run: Number(run.toFixed(6)),
    wait: Number(wait.toFixed(6)),
    sliceMs,
    alive,
  }));
}

describe('demand: CPU time that threads used and waited for during a window', () => {
  it('is the difference between two samples, as a share of the time between them', () => {
    assert.deepEqual(
      uses(
        look(0, [{ tid: 7, run: 100, wait: 10, slices: 5 }]),
        look(2, [{ tid: 7, run: 101, wait: 10.5, slices: 505 }]),
      ),
      [{ tid: 7, run: 0.5, wait: 0.25, sliceMs: 2, alive: true }],
    );
  });
  it('counts a thread that starts during the window from its start', () => {
    assert.deepEqual(uses(look(0, [{ tid: 7 }]), look(1, [{ tid: 7 }, { tid: 8, run: 0.25, slices: 1 }]))[1], {
      tid: 8,
      run: 0.25,
      wait: 0,
      sliceMs: 250,
      alive: true,
    });
  });
  it('counts a thread that ends up to its last sample', () => {
    const found = uses(
      look(0, [{ tid: 7 }, { tid: 8 }]),
      look(0.5, [{ tid: 7 }, { tid: 8, run: 0.5 }]),
      look(1, [{ tid: 7 }]),
    );
    assert.deepEqual(found[1], { tid: 8, run: 0.555556, wait: 0, sliceMs: null, alive: false });
  });
  it('does not confuse threads that reuse a tid', () => {
    const found = uses(look(0, [{ tid: 8, startTime: 1, run: 50 }]), look(1, [{ tid: 8, startTime: 2, run: 0.1 }]));
    assert.deepEqual(
      found.map(({ run, alive }) => [run, alive]),
      [
        [0, false],
        [0.1, true],
      ],
    );
  });
  it('never gives a thread more than the whole window', () => {
    const [only] = uses(look(0, [{ tid: 7 }]), look(1, [{ tid: 7, run: 0.8, wait: 0.4 }]));
    assert.equal((only!.run + only!.wait).toFixed(6), '1.000000');
  });
  it('uses the share of samples that found a thread ready, if the kernel keeps no accounts', () => {
    const at = (second: number, state: string) => look(second, [{ tid: 7, state, run: NaN, wait: NaN, slices: NaN }]);
    assert.deepEqual(uses(at(0, 'R'), at(0.5, 'S'), at(1, 'R'), at(1.5, 'R')), [
      { tid: 7, run: 0.75, wait: 0, sliceMs: null, alive: true },
    ]);
  });
  it('shares one set among threads with the same affinity', () => {
    const window = new DemandWindow();
    window.add(look(0, [{ tid: 7 }]));
    window.add(look(1, [{ tid: 7 }, { tid: 8 }]));
    const [a, b] = window.result();
    assert.equal(a!.affinity, b!.affinity);
    assert.equal(window.seconds, 1);
  });
});

describe('context switches', () => {
  const reading = (at: number, tids: number[], voluntary: number, involuntary: number): SwitchesRecord => ({
    tid: Int32Array.from(tids),
    readAt: Float64Array.from(tids, () => at * 1e9),
    voluntary: Float64Array.from(tids, () => voluntary),
    involuntary: Float64Array.from(tids, () => involuntary),
  });
  it('are counted per second, for threads in both readings', () => {
    assert.deepEqual(
      [...switchRates(reading(1, [7, 8], 10, 100), reading(3, [8, 9], 20, 300))],
      [[8, { voluntary: 5, involuntary: 100 }]],
    );
  });
  it('are read for threads that run now, then for those that have run longest', () => {
    const window = new DemandWindow();
    window.add(
      look(0, [
        { tid: 7, run: 0.001 },
        { tid: 8, run: 3 },
        { tid: 9, run: 5 },
        { tid: 10, state: 'R' },
      ]),
    );
    assert.deepEqual(likelyActive(window.result()), [10, 9, 8]);
  });
});
