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

/** A look, `at` seconds after the first, at threads whose times are in seconds. */
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

describe('demand: what threads had and wanted over a window', () => {
  it('is the difference of two accounts, as shares of the time between', () => {
    assert.deepEqual(
      uses(
        look(0, [{ tid: 7, run: 100, wait: 10, slices: 5 }]),
        look(2, [{ tid: 7, run: 101, wait: 10.5, slices: 505 }]),
      ),
      [{ tid: 7, run: 0.5, wait: 0.25, sliceMs: 2, alive: true }],
    );
  });
  it('a thread that starts meanwhile counts from its start', () => {
    assert.deepEqual(uses(look(0, [{ tid: 7 }]), look(1, [{ tid: 7 }, { tid: 8, run: 0.25, slices: 1 }]))[1], {
      tid: 8,
      run: 0.25,
      wait: 0,
      sliceMs: 250,
      alive: true,
    });
  });
  it('one that ends counts with what was seen of it', () => {
    const found = uses(
      look(0, [{ tid: 7 }, { tid: 8 }]),
      look(0.5, [{ tid: 7 }, { tid: 8, run: 0.5 }]),
      look(1, [{ tid: 7 }]),
    );
    assert.deepEqual(found[1], { tid: 8, run: 0.555556, wait: 0, sliceMs: null, alive: false });
  });
  it('a tid that is given to another thread is another thread', () => {
    const found = uses(look(0, [{ tid: 8, startTime: 1, run: 50 }]), look(1, [{ tid: 8, startTime: 2, run: 0.1 }]));
    assert.deepEqual(
      found.map(({ run, alive }) => [run, alive]),
      [
        [0, false],
        [0.1, true],
      ],
    );
  });
  it('no thread does more than all the time', () => {
    const [only] = uses(look(0, [{ tid: 7 }]), look(1, [{ tid: 7, run: 0.8, wait: 0.4 }]));
    assert.equal((only!.run + only!.wait).toFixed(6), '1.000000');
  });
  it('a kernel without the account: the share of the looks that found it ready', () => {
    const at = (second: number, state: string) => look(second, [{ tid: 7, state, run: NaN, wait: NaN, slices: NaN }]);
    assert.deepEqual(uses(at(0, 'R'), at(0.5, 'S'), at(1, 'R'), at(1.5, 'R')), [
      { tid: 7, run: 0.75, wait: 0, sliceMs: null, alive: true },
    ]);
  });
  it('threads of one affinity share one set', () => {
    const window = new DemandWindow();
    window.add(look(0, [{ tid: 7 }]));
    window.add(look(1, [{ tid: 7 }, { tid: 8 }]));
    const [a, b] = window.result();
    assert.equal(a!.affinity, b!.affinity);
    assert.equal(window.seconds, 1);
  });
});

describe('switches', () => {
  const reading = (at: number, tids: number[], voluntary: number, involuntary: number): SwitchesRecord => ({
    tid: Int32Array.from(tids),
    readAt: Float64Array.from(tids, () => at * 1e9),
    voluntary: Float64Array.from(tids, () => voluntary),
    involuntary: Float64Array.from(tids, () => involuntary),
  });
  it('are told by the second, of threads that both readings have', () => {
    assert.deepEqual(
      [...switchRates(reading(1, [7, 8], 10, 100), reading(3, [8, 9], 20, 300))],
      [[8, { voluntary: 5, involuntary: 100 }]],
    );
  });
  it('are read of threads that run, and that have run most', () => {
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
