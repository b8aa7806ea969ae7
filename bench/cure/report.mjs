// The tables of a run, in Markdown.
import { losses } from './results.mjs';

const number = value => (value === null || value === undefined ? 'failed' : value.toPrecision(3));
const row = cells => `| ${cells.join(' | ')} |`;
const table = (head, rows) => [row(head), row(head.map(() => '---')), ...rows.map(row)].join('\n');
const cell = text => text.replaceAll('|', '\\|');

export function markdown(result) {
  const { cases, skipped = [] } = result;
  const ratioOf = finder(result.ratios);
  const columns = ['as it is', 'N × M', 'prescribed', 'run', 'run, N × M', 'launch'];
  const lost = losses(result);
  return `${[
    heading(result),
    'Work per second, as a ratio to the best by hand, with its 95 % interval:',
    table(
      ['case', 'program', ...columns, 'by hand: the best was'],
      cases.map(one => [
        one.case,
        cell(one.kind),
        ...columns.map(variant => (one.variants[variant] ? ratioOf(one.case, variant, 'by hand') : '')),
        cell(one.byHand?.chosen ?? ''),
      ]),
    ),
    'The same runs, as a ratio to N × M, and to the program as it is:',
    table(
      [
        'case',
        'prescribed ÷ N × M',
        'run, N × M ÷ N × M',
        'prescribed ÷ as it is',
        'run ÷ as it is',
        'launch ÷ as it is',
      ],
      cases.map(one => [
        one.case,
        ...[
          ['prescribed', 'N × M'],
          [one.variants['run, N × M'] ? 'run, N × M' : 'run', 'N × M'],
          ['prescribed', 'as it is'],
          ['run', 'as it is'],
          ['launch', 'as it is'],
        ].map(([variant, against]) => (one.variants[variant] ? ratioOf(one.case, variant, against) : '')),
      ]),
    ),
    'What was prescribed for N × M, and applied without knowing the program:',
    table(
      ['case', 'N × M', 'verdict', 'applied', 'without a parameter in this case'],
      cases.map(({ case: name, variants, prescription }) => [
        name,
        cell(settingsText(variants['N × M'].settings)),
        cell(prescription.verdict ?? prescription.failure),
        cell(prescription.done?.join(', ') || 'nothing'),
        cell(prescription.ignored?.join(', ') ?? ''),
      ]),
    ),
    lost.length === 0 ? 'Nothing misses the goal.' : 'Below the goal (0.98 of by hand and of as it is):',
    ...(lost.length === 0
      ? []
      : [
          table(
            ['case', 'variant', 'against', 'ratio', 'sure'],
            lost.map(one => [one.case, one.variant, one.against, text(one), one.sure]),
          ),
        ]),
    ...failures(cases),
    ...(skipped.length > 0 ? [`Skipped:\n\n${skipped.map(one => `- ${one.case}: ${one.reason}`).join('\n')}`] : []),
  ].join('\n\n')}\n`;
}

/** Figures are preliminary if other programs used more CPUs than that, or the host a larger share of the time. */
const BUSY = { others: 0.1, stolen: 0.02 };

function heading({ machine, date, version, rounds, cases }) {
  const preliminary = machine.others >= BUSY.others || machine.stolen >= BUSY.stolen;
  return [
    `thread-governor ${version}, ${date.slice(0, 10)}: ${cases.length} cases,`,
    `${rounds} round${rounds === 1 ? '' : 's'};`,
    `${machine.cpus} CPUs (${machine.model}, Linux ${machine.kernel}), Node ${machine.node}.`,
    `Between the runs other programs used ${machine.others.toFixed(2)} CPUs;`,
    `the host took ${(machine.stolen * 100).toFixed(1)} % of the time.`,
    ...(preliminary ? ['**The machine was busy: these figures are preliminary.**'] : []),
  ].join(' ');
}

function finder(ratios) {
  return (name, variant, against) => {
    const found = ratios.find(one => one.case === name && one.variant === variant && one.against === against);
    return found ? text(found) : '';
  };
}

/** `0.97 [0.95, 0.99]`; without the interval if there was one round. */
function text({ ratio, low, high, rounds }) {
  if (ratio === null) return 'failed';
  return rounds > 1 ? `${ratio.toFixed(2)} [${low.toFixed(2)}, ${high.toFixed(2)}]` : ratio.toFixed(2);
}

export function settingsText({ workers, threads, env = {}, pinned }) {
  const variables = Object.entries(env).map(([name, value]) => `${name}=${value}`);
  const parts = [
    ...(workers === undefined ? [] : [workers === 0 || workers === -1 ? 'its own workers' : `workers ${workers}`]),
    ...(threads === undefined ? [] : [threads === 0 ? 'its own threads' : `threads ${threads}`]),
    ...variables,
    ...(pinned ? ['taskset'] : []),
  ];
  return parts.join(', ') || 'nothing set';
}

function failures(cases) {
  const lines = cases.flatMap(({ case: name, variants }) =>
    Object.entries(variants).flatMap(([variant, { failures: found }]) =>
      found.map(failure => `- ${name}, ${variant}: ${failure}`),
    ),
  );
  return lines.length > 0 ? [`Failed runs:\n\n${lines.join('\n')}`] : [];
}

/** One line for a case, while the bench runs. */
export function summary({ case: name, variants }) {
  const best = variants['by hand']?.rates.at(-1);
  const parts = Object.entries(variants).map(([variant, { rates }]) => {
    const rate = rates.at(-1);
    return `${variant} ${rate === null ? 'failed' : best ? (rate / best).toFixed(2) : number(rate)}`;
  });
  return `${name}: ${parts.join('; ')}`;
}

const BEGIN = '<!-- bench cure: begin -->';
const END = '<!-- bench cure: end -->';

/** The page with the tables between its two markers. */
export function updated(page, tables) {
  const [begin, end] = [page.indexOf(BEGIN), page.indexOf(END)];
  if (begin < 0 || end < begin) throw new Error(`the page has no ${BEGIN} … ${END}`);
  return `${page.slice(0, begin + BEGIN.length)}\n${tables}${page.slice(end)}`;
}
