// Does the cure work? Real programs as they are, over-subscribed, as the audit prescribes, under run and launch, and as
// an expert sets them by hand. docs/performance.md
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cases } from './cases/index.mjs';
import { cleanEnvironment, machine, othersBusy, stealMeter } from './environment.mjs';
import { Measurement } from './measurement.mjs';
import { installModules, missing } from './needs.mjs';
import { HELP, parseOptions } from './options.mjs';
import { killAll } from './processes.mjs';
import { markdown, updated } from './report.mjs';
import { results } from './results.mjs';

/** How long the machine is observed before each case of each round, while none of our programs runs. */
const OBSERVED_SECONDS = 0.25;
const PERFORMANCE = new URL('../../docs/performance.md', import.meta.url);
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
  const modules = [...wanted.flatMap(one => one.modules ?? []), ...(options.svg ? ['vega', 'vega-lite'] : [])];
  installModules(modules, say);
  const able = wanted.filter(one => {
    const needed = missing(one);
    if (needed.length > 0) say(`${one.name}: skipped; it needs ${needed.join('; ')}`);
    return needed.length === 0;
  });
  if (able.length === 0) return 2;
  const directory = mkdtempSync(join(tmpdir(), 'governor-bench-'));
  endWithSignals(directory);
  try {
    const stolen = stealMeter();
    const { measured, others } = await measureAll(able, options, directory);
    const about = {
      machine: { ...machine(), others, stolen: stolen() },
      date: new Date().toISOString(),
      version,
      rounds: options.rounds,
    };
    await write(results(measured, about), options);
  } finally {
    killAll();
    rmSync(directory, { recursive: true, force: true });
  }
  return 0;
}

async function measureAll(able, options, directory) {
  const environment = cleanEnvironment(directory);
  const measurements = able.map(
    (one, i) => new Measurement(one, join(directory, String(i)), { environment, options, say }),
  );
  const began = Date.now();
  for (const [i, measurement] of measurements.entries()) {
    say(`preparing ${measurement.name} (${i + 1} of ${measurements.length})`);
    await measurement.prepare();
  }
  const perRound = measurements.reduce((sum, { expectedSeconds }) => sum + expectedSeconds, 0);
  say(`prepared in ${minutes((Date.now() - began) / 1000)}; ${options.rounds} rounds of about ${minutes(perRound)}`);
  const observed = [];
  for (let round = 0; round < options.rounds; round++) {
    for (const [i, measurement] of measurements.entries()) {
      const rest = measurements.slice(i).reduce((sum, { expectedSeconds }) => sum + expectedSeconds, 0);
      const left = rest + perRound * (options.rounds - round - 1);
      say(`round ${round + 1} of ${options.rounds}, ${measurement.name}; ${minutes(left)} left`);
      observed.push(await othersBusy(OBSERVED_SECONDS));
      await measurement.round(round);
    }
  }
  const others = observed.reduce((sum, busy) => sum + busy, 0) / observed.length;
  return { measured: measurements.map(measurement => measurement.result()), others };
}

async function write(result, options) {
  const tables = markdown(result);
  process.stdout.write(tables);
  if (options.json) writeFileSync(options.json, `${JSON.stringify(result, null, 2)}\n`);
  if (options.svg) writeFileSync(options.svg, await (await import('./chart.mjs')).chart(result));
  if (options['update-docs']) writeFileSync(PERFORMANCE, updated(readFileSync(PERFORMANCE, 'utf8'), tables));
}

function endWithSignals(directory) {
  for (const [signal, number] of [
    ['SIGINT', 2],
    ['SIGTERM', 15],
    ['SIGHUP', 1],
  ])
    process.once(signal, () => {
      killAll();
      rmSync(directory, { recursive: true, force: true });
      process.exit(128 + number);
    });
}

const minutes = seconds => (seconds < 90 ? `${Math.round(seconds)} s` : `${Math.round(seconds / 60)} minutes`);
