import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { WorkerEvent } from '../../lib/runtime/worker-watch.js';
import { run, type RunPlan, type RunOptions } from '../../lib/api/run.js';
import type { LaunchResult, RankEvent } from '../../lib/runtime/supervision.js';
import type { PinVerification } from '../../lib/core/launch/verification.js';
import { eventually } from '../helpers/processes/eventually.js';
import {
  affinitiesByTaskset,
  GovernedRun,
  onlyCpu,
  PROGRAMS,
  temporaryDirectory,
  TWO_CPUS,
} from '../helpers/processes/governed.js';
import { processesWith } from '../helpers/processes/launched.js';
import { badInputError } from '../helpers/property.js';
import { PYTHON } from '../helpers/shared.js';

const BUSY = [PYTHON, join(PROGRAMS, 'busy.py')];
const busyJobs = (then: string) => ['sh', '-c', `for i in 1 2; do ${BUSY.join(' ')} & done; ${then}`];

/** A run of a program, and all that it tells. */
async function told(command: readonly string[], options: RunOptions = {}) {
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
  it('tells the plan, start and end, and what became of it, as launch does', async () => {
    const { result, ranks, workers, plans } = await told(['true']);
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
      ranks: [{ state: 'ended', pid: null, restarts: 0, exit: WELL, failed: false }],
      timedOut: false,
    });
  });

  it('tells of each worker that gets a place, and when it has gone', async () => {
    const abort = new AbortController();
    const pinned = new Map<number, string>();
    const gone: number[] = [];
    await assert.rejects(
      told(busyJobs('wait'), {
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

  it('what a worker has started before it was pinned is pinned with it', async () => {
    const abort = new AbortController();
    const script =
      'import os, subprocess, sys\n' +
      'for _ in range(2):\n  if os.fork() == 0:\n    subprocess.Popen(sys.argv[1:])\n    while True: pass\n' +
      'os.wait()';
    const mark = `${process.pid}-run-followers`;
    process.env['MARK'] = mark;
    const over = told([PYTHON, '-c', script, 'sleep', '1000'], { signal: abort.signal });
    const sleepers = () =>
      processesWith('MARK', mark).filter(pid => readFileSync(`/proc/${pid}/cmdline`, 'utf8').startsWith('sleep'));
    await eventually(() => sleepers().length === 2 && sleepers().every(pid => onlyCpu(pid) !== null));
    abort.abort();
    await assert.rejects(over, { name: 'AbortError' });
  });

  it('a program that fails is a result', async () => {
    const { result } = await told(['sh', '-c', 'exit 7']);
    assert.deepEqual(result.exit, { code: 7, signal: null });
    assert.deepEqual(
      result.failures.map(({ rank, exit }) => ({ rank, exit })),
      [{ rank: 0, exit: { code: 7, signal: null } }],
    );
  });

  it('an AbortSignal ends all that it has started; what it says is thrown', async () => {
    const abort = new AbortController();
    const mark = `${process.pid}-run-abort`;
    process.env['MARK'] = mark;
    const why = new Error('enough');
    const daemon = "setsid sh -c 'setsid sleep 1000 &'";
    await assert.rejects(
      told(busyJobs(`${daemon}; wait`), { signal: abort.signal, onWorker: () => abort.abort(why) }),
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

  it('is ended at its time limit, with all that it has started', async () => {
    const mark = `${process.pid}-run-timeout`;
    process.env['MARK'] = mark;
    const { result } = await told(['sh', '-c', "setsid sleep 1000 & trap '' TERM; while :; do sleep 1000; done"], {
      timeout: 0.2,
      grace: 0.1,
    });
    assert.equal(result.timedOut, true);
    assert.deepEqual(result.exit, { code: 124, signal: null });
    assert.deepEqual(processesWith('MARK', mark), []);
  });

  it('is started again where it fails', async () => {
    const flag = join(temporaryDirectory(), 'flag');
    const { result, ranks } = await told(['sh', '-c', `[ -e ${flag} ] && exit 0; touch ${flag}; exit 3`], {
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

  it('verifies its workers; mends one that frees itself', async () => {
    const abort = new AbortController();
    const seen: PinVerification[] = [];
    const over = told([PYTHON, join(PROGRAMS, 'moves_away.py')], {
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

  it('refuses what cannot be', async () => {
    await assert.rejects(run([]), badInputError(/command/));
    await assert.rejects(run(['true'], { workers: 0 }), badInputError(/workers/));
    for (const timeout of [-1, NaN, 1e10]) await assert.rejects(run(['true'], { timeout }), badInputError(/timeout/));
    await assert.rejects(run(['true'], { restarts: -1 }), badInputError(/restarts/));
  });
});

describe('governor run where processes come and go, a thousand a second', () => {
  it('each worker gets a place of its own all the same, and nothing is said of the others', async () => {
    const storm = join(temporaryDirectory(), 'storm');
    execFileSync('gcc', ['-O1', '-o', storm, join(PROGRAMS, 'storm.c')]);
    const run = new GovernedRun(['--reserve', '0'], [storm, '3000']);
    const workers = (await run.line()).split(' ').map(Number);
    await eventually(() => String(workers.map(onlyCpu).sort()) === String(TWO_CPUS));
    const { status, stderr } = await run.end();
    assert.equal(status, 0);
    assert.match(stderr, /^governor: \d workers on 2 places; /m);
    assert.deepEqual(
      stderr.split('\n').filter(line => /more workers|could not be pinned/.test(line)),
      [],
    );
  });
});
