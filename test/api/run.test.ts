import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { WorkerEvent } from '../../lib/runtime/watch-workers.js';
import { run, type RunPlan, type RunOptions } from '../../lib/api/run.js';
import type { LaunchResult, RankEvent } from '../../lib/runtime/supervision.js';
import type { PinVerification } from '../../lib/core/launch/verification.js';
import { eventually } from '../helpers/processes/eventually.js';
import { affinitiesByTaskset, onlyCpu, PROGRAMS, temporaryDirectory, TWO_CPUS } from '../helpers/processes/governed.js';
import { processesWith } from '../helpers/processes/launched.js';
import { badInputError } from '../helpers/property.js';
import { PYTHON } from '../helpers/shared.js';

const BUSY = [PYTHON, join(PROGRAMS, 'busy.py')];
const busyJobs = (then: string) => ['sh', '-c', `for i in 1 2; do ${BUSY.join(' ')} & done; ${then}`];

/** A run of a program, and every event that it reports. */
async function observed(command: readonly string[], options: RunOptions = {}) {
  const ranks: RankEvent[] = [];
  const workers: WorkerEvent[] = [];
  const plans: RunPlan[] = [];
  const result = await run(command, {
    reserve: 0,
    ...options,
    onPlan: plan => {
      plans.push(plan);
    },
    onRank: event => {
      ranks.push(event);
      options.onRank?.(event);
    },
    onWorker: event => {
      workers.push(event);
      options.onWorker?.(event);
    },
  });
  return { result, ranks, workers, plans };
}

const WELL: LaunchResult['exit'] = { code: 0, signal: null };

describe('run', () => {
  it('reports the plan, start and end, and the result, as launch does', async () => {
    const { result, ranks, workers, plans } = await observed(['true']);
    assert.deepEqual(
      plans.map(plan => plan.places),
      [TWO_CPUS.map(cpu => [cpu])],
    );
    const [start, exit, ...more] = ranks;
    assert.ok(start?.event === 'start' && start.rank === 0 && start.pid > 0 && start.restart === 0);
    assert.deepEqual(exit, { event: 'exit', rank: 0, pid: start.pid, exit: WELL, failed: false });
    assert.deepEqual([more, workers], [[], []]);
    const { seconds, ...rest } = result;
    assert.ok(seconds > 0);
    assert.deepEqual(rest, {
      exit: WELL,
      failures: [],
      left: [],
      ranks: [{ state: 'ended', pid: null, restarts: 0, exit: WELL, failed: false }],
      timedOut: false,
    });
  });

  it('reports each worker that gets a place, and its end', async () => {
    const abort = new AbortController();
    const pinned = new Map<number, string>();
    const gone: number[] = [];
    await assert.rejects(
      observed(busyJobs('wait'), {
        signal: abort.signal,
        onWorker: event => {
          if (event.event === 'gone') return gone.push(event.pid);
          assert.deepEqual(affinitiesByTaskset(event.pid).map(String), [String(event.place)]);
          pinned.set(event.pid, String(event.place));
          return pinned.size === 2 && abort.abort();
        },
      }),
      { name: 'AbortError' },
    );
    assert.deepEqual([...pinned.values()].sort(), TWO_CPUS.map(String));
    assert.deepEqual(gone.sort(), [...pinned.keys()].sort());
  });

  it('the last of several jobs keeps its place', async () => {
    const abort = new AbortController();
    const places = new Map<number, number | null>();
    let last: { pid: number; now: number | null } | undefined;
    await assert.rejects(
      observed(busyJobs('wait'), {
        signal: abort.signal,
        onWorker: ({ event, pid }) => {
          if (event === 'pinned') places.set(pid, onlyCpu(pid));
          if (event === 'pinned' && places.size === 2) process.kill(pid);
          if (event !== 'gone' || last) return;
          const other = [...places.keys()].find(one => one !== pid)!;
          setImmediate(() => {
            last ??= { pid: other, now: onlyCpu(other) };
            abort.abort();
          });
        },
      }),
      { name: 'AbortError' },
    );
    assert.ok(last && last.now !== null);
    assert.equal(last.now, places.get(last.pid));
  });

  it('pins processes that a worker started before it was pinned', async () => {
    const abort = new AbortController();
    const script =
      'import os, subprocess, sys\n' +
      'for _ in range(2):\n  if os.fork() == 0:\n    subprocess.Popen(sys.argv[1:])\n    while True: pass\n' +
      'os.wait()';
    const mark = `${process.pid}-run-followers`;
    process.env['MARK'] = mark;
    const over = observed([PYTHON, '-c', script, 'sleep', '1000'], { signal: abort.signal });
    const sleepers = () =>
      processesWith('MARK', mark).filter(pid => readFileSync(`/proc/${pid}/cmdline`, 'utf8').startsWith('sleep'));
    await eventually(() => sleepers().length === 2 && sleepers().every(pid => onlyCpu(pid) !== null));
    abort.abort();
    await assert.rejects(over, { name: 'AbortError' });
  });

  it('resolves if the program fails', async () => {
    const { result } = await observed(['sh', '-c', 'exit 7']);
    assert.deepEqual(result.exit, { code: 7, signal: null });
    assert.deepEqual(
      result.failures.map(({ rank, exit }) => ({ rank, exit })),
      [{ rank: 0, exit: { code: 7, signal: null } }],
    );
  });

  it('ends all descendants of the program on abort, and throws the reason of the signal', async () => {
    const abort = new AbortController();
    const mark = `${process.pid}-run-abort`;
    process.env['MARK'] = mark;
    const why = new Error('enough');
    const daemon = "setsid sh -c 'setsid sleep 1000 &'";
    await assert.rejects(
      observed(busyJobs(`${daemon}; wait`), { signal: abort.signal, onWorker: () => abort.abort(why) }),
      error => error === why,
    );
    assert.deepEqual(processesWith('MARK', mark), []);
    let planned = false;
    await assert.rejects(
      run(['true'], {
        signal: abort.signal,
        onPlan: () => {
          planned = true;
        },
      }),
      error => error === why,
    );
    assert.equal(planned, false);
  });

  it('ends the program and its descendants at the time limit', async () => {
    const mark = `${process.pid}-run-timeout`;
    process.env['MARK'] = mark;
    const { result } = await observed(['sh', '-c', "setsid sleep 1000 & trap '' TERM; while :; do sleep 1000; done"], {
      timeout: 0.2,
      grace: 0.1,
    });
    assert.equal(result.timedOut, true);
    assert.deepEqual(result.exit, { code: 124, signal: null });
    assert.deepEqual(processesWith('MARK', mark), []);
  });

  it('restarts the program if it fails', async () => {
    const flag = join(temporaryDirectory(), 'flag');
    const { result, ranks } = await observed(['sh', '-c', `[ -e ${flag} ] && exit 0; touch ${flag}; exit 3`], {
      restarts: 2,
    });
    assert.ok(existsSync(flag));
    assert.deepEqual(result.exit, WELL);
    assert.deepEqual(
      ranks.map(({ event }) => event),
      ['start', 'exit', 'restart', 'start', 'exit'],
    );
    assert.equal(result.ranks[0]!.restarts, 1);
  });

  it('with `enforce` pins a worker again that has undone its pin', async () => {
    const abort = new AbortController();
    const seen: PinVerification[] = [];
    const over = observed([PYTHON, join(PROGRAMS, 'moves_away.py')], {
      enforce: true,
      verifyAfter: 0,
      verifyEvery: 0,
      signal: abort.signal,
      onVerified: verification => {
        seen.push(verification);
        const drifted = seen.some(({ drifts }) => drifts.some(drift => drift.kind === 'outside-place'));
        if (drifted && verification.ranks === 2 && verification.drifts.length === 0) abort.abort();
      },
    });
    await assert.rejects(over, { name: 'AbortError' });
    const drift = seen.flatMap(one => one.drifts).find(one => one.kind === 'outside-place')!;
    assert.deepEqual(drift.affinity, TWO_CPUS);
  });

  it('refuses bad input', async () => {
    await assert.rejects(run([]), badInputError(/command/));
    await assert.rejects(run(['true'], { workers: 0 }), badInputError(/workers/));
    for (const timeout of [-1, NaN, 1e10]) await assert.rejects(run(['true'], { timeout }), badInputError(/timeout/));
    await assert.rejects(run(['true'], { restarts: -1 }), badInputError(/restarts/));
  });
});
