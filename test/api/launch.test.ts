import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { PassThrough } from 'node:stream';
import { launch, type LaunchOptions } from '../../lib/api/launch.js';
import type { RankEvent } from '../../lib/runtime/supervision.js';
import type { LaunchPlan } from '../../lib/core/launch/launch-plan.js';
import type { PinVerification } from '../../lib/core/launch/verification.js';
import { eventually } from '../helpers/processes/eventually.js';
import { affinitiesByTaskset, TWO_CPUS } from '../helpers/processes/governed.js';
import { processesWith } from '../helpers/processes/launched.js';
import { badInputError } from '../helpers/property.js';
import { times } from '../helpers/times.js';

/** A launch of a shell script, and everything that it reports. */
async function observed(script: string, options: LaunchOptions = {}) {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  let text = '';
  stdout.on('data', piece => {
    text += String(piece);
  });
  stderr.resume();
  const events: RankEvent[] = [];
  const plans: LaunchPlan[] = [];
  const result = await launch(['sh', '-c', script], {
    output: { stdout, stderr, prefix: rank => `${rank}:` },
    ...options,
    onPlan: plan => {
      plans.push(plan);
    },
    onRank: event => {
      events.push(event);
      options.onRank?.(event);
    },
  });
  return { result, events, plans, text };
}

const openDescriptors = () => readdirSync('/proc/self/fd').length;
const children = () => readFileSync(`/proc/self/task/${process.pid}/children`, 'utf8').trim();

describe('launch', () => {
  it('reports the plan, each start and end, and the result', async () => {
    const { result, events, plans, text } = await observed('echo $RANK', { workers: 2 });
    assert.equal(plans.length, 1);
    assert.deepEqual(
      plans[0]!.ranks.map(rank => rank.place),
      TWO_CPUS.map(cpu => [cpu]),
    );
    assert.deepEqual(text.trim().split('\n').sort(), ['0:0', '1:1']);
    for (const rank of [0, 1]) {
      const [start, exit, ...more] = events.filter(event => event.rank === rank);
      assert.ok(start?.event === 'start' && start.pid > 0 && start.restart === 0);
      assert.deepEqual(exit, { event: 'exit', rank, pid: start.pid, exit: { code: 0, signal: null }, failed: false });
      assert.deepEqual(more, []);
    }
    const { seconds, ...rest } = result;
    assert.ok(seconds > 0);
    const done = { state: 'ended', pid: null, restarts: 0, exit: { code: 0, signal: null }, failed: false };
    assert.deepEqual(rest, {
      exit: { code: 0, signal: null },
      failures: [],
      left: [],
      ranks: [done, done],
      timedOut: false,
    });
  });

  it('puts the first rank that failed, with its exit status, first among the failures', async () => {
    const { result } = await observed('[ $RANK = 1 ] && exit 7; exec sleep 1000', { workers: 2 });
    assert.deepEqual(result.exit, { code: 7, signal: null });
    assert.equal(result.failures[0]!.rank, 1);
    assert.deepEqual(result.ranks[0]!.exit, { code: null, signal: 'SIGTERM' });
  });

  it('ends all ranks on abort, and throws the reason of the signal', async () => {
    const abort = new AbortController();
    const mark = `${process.pid}-abort`;
    process.env['MARK'] = mark;
    const why = new Error('enough');
    let started = 0;
    await assert.rejects(
      observed('exec sleep 1000', {
        workers: 2,
        signal: abort.signal,
        onRank: event => {
          if (event.event === 'start' && ++started === 2) abort.abort(why);
        },
      }),
      error => error === why,
    );
    assert.deepEqual(processesWith('MARK', mark), []);
    await assert.rejects(launch(['true'], { signal: abort.signal }), error => error === why);
  });

  it("pins each rank from its first instruction, and does not change the caller's affinity", async () => {
    const before = affinitiesByTaskset(process.pid);
    const { text } = await observed("sed -n 's/^Cpus_allowed_list:.//p' /proc/self/status", { workers: 2 });
    assert.deepEqual(
      text.trim().split('\n').sort(),
      TWO_CPUS.map((cpu, rank) => `${rank}:${cpu}`),
    );
    assert.deepEqual(affinitiesByTaskset(process.pid).map(String), before.map(String));
  });

  it('refuses bad input', async () => {
    await assert.rejects(launch([]), badInputError(/command/));
    await assert.rejects(launch(['true'], { workers: 0 }), badInputError(/workers/));
    for (const timeout of [-1, NaN, Infinity, 1e10])
      await assert.rejects(launch(['true'], { timeout }), badInputError(/timeout/));
    await assert.rejects(launch(['true'], { restarts: 1.5 }), badInputError(/restarts/));
  });

  it('with `enforce` moves a thread that has left its place back', async () => {
    const abort = new AbortController();
    const seen: PinVerification[] = [];
    let pid = 0;
    const over = observed(`taskset -cp ${TWO_CPUS[1]} $$ >&2; while :; do :; done`, {
      workers: 1,
      enforce: true,
      verifyAfter: 0,
      verifyEvery: 0,
      signal: abort.signal,
      onRank: event => {
        if (event.event === 'start') ({ pid } = event);
      },
      onVerified: verification => {
        seen.push(verification);
        if (
          seen.some(one => one.drifts.some(drift => drift.kind === 'outside-place')) &&
          verification.drifts.length === 0
        )
          abort.abort();
      },
    });
    await assert.rejects(over, { name: 'AbortError' });
    const drift = seen.flatMap(one => one.drifts).find(one => one.kind === 'outside-place');
    assert.deepEqual(
      { ...drift, tids: [pid] },
      { kind: 'outside-place', rank: 0, place: [TWO_CPUS[0]], affinity: [TWO_CPUS[1]], tids: [pid] },
    );
  });

  const TIMES = times(100);
  it(`leaves no descriptor and no child behind and keeps no memory, ${TIMES} times`, async function () {
    this.timeout(TIMES * 5000);
    const figures = () => ({ descriptors: openDescriptors(), resident: process.memoryUsage().rss });
    const at = new Map<number, ReturnType<typeof figures>>();
    for (let times = 1; times <= TIMES; times++) {
      await observed('echo out; echo err >&2', { workers: 2 });
      if (times === TIMES || [10, 100, 500, 1000].includes(times)) at.set(times, figures());
    }
    const [first] = at.values();
    await eventually(() => openDescriptors() <= first!.descriptors && children() === '');
    for (const [times, { descriptors, resident }] of at)
      process.stderr.write(
        `      after ${times}: ${descriptors} descriptors, ${(resident / 2 ** 20).toFixed(1)} MiB\n`,
      );
    const grown = process.memoryUsage().rss - first!.resident;
    assert.ok(grown < 64 * 2 ** 20, `${grown} bytes`);
  });
});
