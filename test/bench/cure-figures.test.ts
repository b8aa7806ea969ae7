import assert from 'node:assert/strict';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { PROJECT } from '../helpers/shared.js';

const part = async (name: string) => import(pathToFileURL(join(PROJECT, `bench/cure/${name}.mjs`)).href);
const { median, pairedRatio, randomFrom } = await part('statistics');
const { applied } = await part('prescription');
const { results, losses } = await part('results');
const { markdown, updated } = await part('report');
const { parseOptions } = await part('options');
const { cases } = await part('cases/index');

describe('bench cure: statistics', () => {
  it('the median is the middle value, or the mean of the two middle ones', () => {
    assert.equal(median([3, 1, 2]), 2);
    assert.equal(median([4, 1, 2, 3]), 2.5);
    assert.ok(Number.isNaN(median([])));
  });
  it('random numbers depend only on the seed, and fill the range from 0 to 1', () => {
    const draw = (seed: number): number[] => {
      const random: () => number = randomFrom(seed);
      return Array.from({ length: 1000 }, random);
    };
    assert.deepEqual(draw(7), draw(7));
    assert.notDeepEqual(draw(7), draw(8));
    const drawn = draw(7);
    assert.ok(drawn.every(value => value >= 0 && value < 1));
    assert.ok(Math.abs(drawn.reduce((sum, value) => sum + value) / 1000 - 0.5) < 0.05);
  });
  it('a ratio pairs the rounds: a slow round of both does not count as a difference', () => {
    assert.deepEqual(pairedRatio([10, 5, 20], [20, 10, 40]), { ratio: 0.5, low: 0.5, high: 0.5, rounds: 3 });
  });
  it('the interval holds the ratio, spans the spread of the rounds, and is the same every time', () => {
    const rates = [9, 10, 11, 12, 8];
    const found = pairedRatio(rates, [10, 10, 10, 10, 10]);
    assert.equal(found.ratio, 1);
    assert.ok(found.low >= 0.8 && found.low < 1 && found.high > 1 && found.high <= 1.2, JSON.stringify(found));
    assert.deepEqual(pairedRatio(rates, [10, 10, 10, 10, 10]), found);
  });
  it('rounds in which one of the two failed are left out; without any other there is no ratio', () => {
    assert.equal(pairedRatio([10, null, 30], [10, 10, null]).rounds, 1);
    assert.equal(pairedRatio([null], [10]), null);
  });
});

describe('bench cure: an audit’s prescription is applied without knowing the program', () => {
  const settings = { workers: 8, env: { OMP_PLACES: 'cores', OMP_NUM_THREADS: '4' } };
  const levers = { takes: ['workers', 'threads'], workers: /^-j/, threads: /^-threads/ };

  it('variables are set and removed', () => {
    const fix = { variables: { OMP_NUM_THREADS: '1' }, unset: ['OMP_PLACES'], workers: 8 };
    const found = applied({ fix, pools: [{ role: 'worker' }] }, settings, levers);
    assert.deepEqual(found.settings, { workers: 8, env: { OMP_NUM_THREADS: '1' } });
    assert.deepEqual(found.done, ['-u OMP_PLACES', 'OMP_NUM_THREADS=1']);
  });
  it('a number of workers without workers in the audit is not a prescription', () => {
    const found = applied({ fix: { variables: {}, workers: 1 }, pools: [{ role: 'root' }] }, settings, levers);
    assert.equal(found.settings.workers, 8);
  });
  it('levers set options of the program and its number of workers; those that it does not have are named', () => {
    const fix = {
      variables: { GOMAXPROCS: '1' },
      levers: [
        { kind: 'option', of: 'workers', set: '-j 2', value: 2 },
        { kind: 'variable', of: 'threads', set: 'GOMAXPROCS=1', value: 1 },
        { kind: 'option', of: 'threads', set: '-threads 2', value: 2 },
        { kind: 'code', of: 'threads', set: 'SET threads = 3', value: 3 },
        { kind: 'option', of: 'workers', set: '--maxWorkers=3', value: 3 },
      ],
      workers: { now: 8, start: 2, option: '-j' },
    };
    const found = applied({ fix, pools: [] }, settings, levers);
    assert.deepEqual(found.settings, { workers: 2, threads: 2, env: { ...settings.env, GOMAXPROCS: '1' } });
    assert.deepEqual(found.done, ['GOMAXPROCS=1', '-j 2', '-threads 2']);
    assert.deepEqual(found.ignored, ['SET threads = 3', '--maxWorkers=3']);
  });
  it('workers that the program starts in its code, and CPUs if no setting is known', () => {
    const fix = {
      levers: [
        { kind: 'code', of: 'workers', set: 'Pool(2)', value: 2 },
        { kind: 'cpus', of: 'threads', set: 'governor run', value: 1 },
      ],
      workers: { now: 2, start: 2, option: null },
    };
    const found = applied({ fix }, settings, levers);
    assert.deepEqual(found.settings, { workers: 2, env: settings.env, governed: true });
  });
  it('without a fix nothing changes', () => {
    assert.deepEqual(applied({ fix: null }, settings, levers), { settings, done: [], ignored: [] });
  });
});

describe('bench cure: results', () => {
  const variant = (rates: (number | null)[], failures: string[] = []) => ({ settings: {}, rates, failures });
  const result = results(
    [
      {
        case: 'a',
        kind: 'A',
        prescription: { verdict: 'thrashing', done: ['X=1'], ignored: [] },
        byHand: { chosen: 'X=1' },
        variants: {
          'as it is': variant([5, 5, 5]),
          'N × M': variant([2, 2, 2]),
          prescribed: variant([10, 10, 10]),
          run: variant([4, 4, 4]),
          'by hand': variant([10, 10, 10]),
          launch: variant([null, null, null], ['round 1: exit 2']),
        },
      },
    ],
    {
      machine: { model: 'M', cpus: 2, kernel: '6', node: 'v20', others: 0, stolen: 0 },
      date: '2026-01-02',
      version: '1',
      rounds: 3,
    },
  );
  const ratio = (of: string, against: string) =>
    result.ratios.find((one: { variant: string; against: string }) => one.variant === of && one.against === against);

  it('each variant is compared with by hand, as it is and N × M', () => {
    assert.deepEqual(ratio('prescribed', 'N × M'), {
      bench: 'cure',
      case: 'a',
      variant: 'prescribed',
      against: 'N × M',
      ratio: 5,
      low: 5,
      high: 5,
      rounds: 3,
    });
    assert.equal(ratio('run', 'by hand').ratio, 0.4);
    assert.equal(ratio('by hand', 'by hand'), undefined);
  });
  it('a variant that failed is in the figures, and among the losses', () => {
    assert.equal(ratio('launch', 'by hand').ratio, null);
    assert.deepEqual(
      losses(result).map((one: { variant: string; against: string }) => `${one.variant} ÷ ${one.against}`),
      ['run ÷ by hand', 'run ÷ as it is', 'launch ÷ by hand', 'launch ÷ as it is'],
    );
    assert.match(markdown(result), /^- a, launch: round 1: exit 2$/m);
  });
  it('the tables go between two markers of the page', () => {
    const page = 'before\n<!-- bench cure: begin -->\nold\n<!-- bench cure: end -->\nafter\n';
    const tables = markdown(result);
    assert.equal(
      updated(page, tables),
      page.replace('old\n', () => tables),
    );
    assert.throws(() => updated('no markers', tables), /has no/);
  });
});

describe('bench cure: cases', () => {
  it('there are at least 20, each with its own name, settings by hand, and a way to know that it works', () => {
    assert.ok(cases.length >= 20);
    assert.equal(new Set(cases.map(({ name }: { name: string }) => name)).size, cases.length);
    for (const one of cases) {
      assert.ok(Object.keys(one.byHand).length > 0, one.name);
      assert.ok(one.begun || one.settle, one.name);
      assert.ok(one.packages || one.modules, one.name);
    }
  });
  it('unknown cases and bad numbers are refused', () => {
    const names = cases.map(({ name }: { name: string }) => name);
    assert.match(parseOptions(['--cases', 'numpy-fork,x'], names).error, /^no case x; there are numpy-fork, /);
    assert.equal(parseOptions(['--rounds', '0'], names).error, 'invalid --rounds "0"');
    assert.deepEqual(parseOptions([], names).cases, names);
  });
});
