// Does the cure work? Real programs as they are, over-subscribed, as the audit prescribes, under run and launch, and as
// an expert sets them by hand. docs/performance.md
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cases } from './cases/index.mjs';
import { installModules, missing } from './needs.mjs';
import { HELP, parseOptions } from './options.mjs';
import { killAll } from './processes.mjs';
import { markdown, updated } from './report.mjs';
import { Rounds } from './rounds.mjs';

const PAGE = new URL('../../docs/performance.md', import.meta.url);
const PICTURE = new URL('../../docs/performance.svg', import.meta.url);
const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
const say = text => process.stderr.write(`${text}\n`);

/** @param words the command line after the name of the bench; resolves to the exit status */
export async function main(words) {
  const options = parseOptions(
    words,
    cases.map(({ name }) => name),
  );
  if (options.error) {
    say(`bench cure: ${options.error}\n\n${HELP}`);
    return 2;
  }
  if (options.help) process.stdout.write(HELP);
  else if (options.list) process.stdout.write(list());
  else return run(options);
  return 0;
}

function list() {
  const needs = ({ packages = [], modules = [] }) => [...packages, ...modules.map(name => `${name} (npm)`)].join(', ');
  return cases.map(one => `${one.name.padEnd(16)}${one.kind.padEnd(48)}${needs(one)}\n`).join('');
}

async function run(options) {
  const wanted = cases.filter(({ name }) => options.cases.includes(name));
  const modules = [
    ...wanted.flatMap(one => one.modules ?? []),
    ...(options.svg || options['update-docs'] ? ['vega', 'vega-lite'] : []),
  ];
  installModules(modules, say);
  const skipped = wanted.flatMap(one => {
    const needed = missing(one);
    return needed.length > 0 ? [{ case: one.name, reason: `it needs ${needed.join('; ')}` }] : [];
  });
  for (const { case: name, reason } of skipped) say(`${name}: skipped; ${reason}`);
  const able = wanted.filter(({ name }) => !skipped.some(one => one.case === name));
  if (able.length === 0) return 2;
  const directory = mkdtempSync(join(tmpdir(), 'governor-bench-'));
  const rounds = new Rounds(able, options, { directory, say, version, skipped });
  endWithSignals(rounds, options, directory);
  try {
    await rounds.measure();
    const result = rounds.result();
    if (result === null) return 1;
    await write(result, options);
  } finally {
    killAll();
    rmSync(directory, { recursive: true, force: true });
  }
  return 0;
}

async function write(result, options) {
  writeFigures(result, options);
  const pictures = [options.svg, options['update-docs'] && PICTURE].filter(Boolean);
  if (pictures.length > 0) {
    const svg = await (await import('./chart.mjs')).chart(result);
    for (const file of pictures) writeFileSync(file, svg);
  }
  if (options['update-docs']) writeFileSync(PAGE, updated(readFileSync(PAGE, 'utf8'), markdown(result)));
}

function writeFigures(result, { json }) {
  process.stdout.write(markdown(result));
  if (json) writeFileSync(json, `${JSON.stringify(result, null, 2)}\n`);
}

/** Ends all programs, and writes the figures so far. */
function endWithSignals(rounds, options, directory) {
  for (const [signal, number] of [
    ['SIGINT', 2],
    ['SIGTERM', 15],
    ['SIGHUP', 1],
  ])
    process.once(signal, () => {
      killAll();
      rmSync(directory, { recursive: true, force: true });
      const result = rounds.result();
      if (result) writeFigures(result, options);
      process.exit(128 + number);
    });
}
