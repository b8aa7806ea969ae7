// What does --lend bring, and where does it cost? docs/bench.md
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { median, pairedRatio } from '../cure/statistics.mjs';

const here = fileURLToPath(new URL('.', import.meta.url));
const GOVERNOR = join(here, '../../bin/governor.js');
const PYTHON = process.env.GOVERNOR_BENCH_PYTHON ?? '/usr/bin/python3';

/** Programs of each shape at once, and the numpy units of work in all, if that is what they do. */
const SHAPES = {
  'balanced-numpy': { units: 500 },
  'balanced-sklearn': {},
  'balanced-torch': {},
  unbalanced: { units: 480 },
  folds: { units: 490 },
  alternating: {},
  'alone-numpy': { units: 300 },
  'alone-torch': {},
  loader: {},
  'two-programs': { programs: 2 },
};

const SIZES = ['OMP_NUM_THREADS', 'OPENBLAS_NUM_THREADS', 'MKL_NUM_THREADS'];
const threads = number => Object.fromEntries(SIZES.map(name => [name, String(number)]));
/** How a program is started: the variables that are set, and the words before it. */
const VARIANTS = {
  'as it is': { variables: {} },
  'N × M': { variables: threads(8) },
  'by hand, 1': { variables: threads(1) },
  'by hand, all': { variables: threads(availableParallelism()) },
  run: { words: ['run', '-q'] },
  'run --lend': { words: ['run', '-q', '--lend'] },
};
const BY_HAND = ['as it is', 'by hand, 1', 'by hand, all'];

export async function main(words) {
  const { values } = parseArgs({
    args: words,
    options: { rounds: { type: 'string', default: '5' }, shapes: { type: 'string' }, help: { type: 'boolean' } },
  });
  const rounds = Number(values.rounds);
  const shapes = values.shapes?.split(',') ?? Object.keys(SHAPES);
  if (values.help || !(Number.isInteger(rounds) && rounds > 0) || shapes.some(shape => !SHAPES[shape])) {
    const names = Object.keys(SHAPES).join(', ');
    console.error(`usage: npm run bench -- lend [--rounds N] [--shapes A,B]\nshapes: ${names}`);
    return 2;
  }
  const ledger = mkdtempSync(join(tmpdir(), 'governor-bench-'));
  try {
    console.log(await table(shapes, rounds, ledger));
  } finally {
    rmSync(ledger, { recursive: true });
  }
  return 0;
}

async function table(shapes, rounds, ledger) {
  const none = () => Object.fromEntries(Object.keys(VARIANTS).map(name => [name, []]));
  const rates = Object.fromEntries(shapes.map(shape => [shape, none()]));
  const units = [];
  for (let round = 0; round < rounds; round++) {
    units.push(await seconds('unit', { variables: threads(1) }, ledger));
    for (const shape of shapes) {
      const order = Object.keys(VARIANTS);
      for (const name of [...order.slice(round % order.length), ...order.slice(0, round % order.length)]) {
        const { programs = 1 } = SHAPES[shape];
        const times = await Promise.all(Array.from({ length: programs }, () => seconds(shape, VARIANTS[name], ledger)));
        rates[shape][name].push(1 / Math.max(...times));
      }
      process.stderr.write(`round ${round + 1} of ${rounds}: ${shape}\n`);
    }
  }
  const rows = shapes.map(shape => row(shape, rates[shape], median(units)));
  const head = ['shape', 'by hand: best', ...Object.keys(VARIANTS), 'of the bound'];
  return [head, head.map(() => '---'), ...rows].map(cells => `| ${cells.join(' | ')} |`).join('\n');
}

/** Each variant's work per second, as a ratio to the best that is set by hand. */
function row(shape, rates, unit) {
  const best = BY_HAND.reduce((a, b) => (median(rates[a]) >= median(rates[b]) ? a : b));
  const cells = Object.keys(VARIANTS).map(name => {
    const { ratio, low, high } = pairedRatio(rates[name], rates[best]);
    return `${ratio.toFixed(2)} [${low.toFixed(2)}, ${high.toFixed(2)}]`;
  });
  const { units } = SHAPES[shape];
  const bound = units ? ((units * unit) / availableParallelism()) * median(rates['run --lend']) : null;
  return [shape, best, ...cells, bound === null ? '' : bound.toFixed(2)];
}

/** The seconds that a program says it took. */
function seconds(shape, { variables, words }, ledger) {
  const environment = { ...process.env, GOVERNOR_LEDGER: ledger, PYTHONDONTWRITEBYTECODE: '1' };
  for (const name of SIZES) delete environment[name];
  const program = [PYTHON, join(here, 'shapes.py'), shape];
  const command = words ? [process.execPath, GOVERNOR, ...words, '--', ...program] : program;
  return new Promise((resolve, reject) => {
    let text = '';
    const child = spawn(command[0], command.slice(1), {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { ...environment, ...variables },
    });
    child.stdout.on('data', data => (text += data));
    child.on('error', reject);
    child.on('close', status => {
      const found = Number(text);
      if (status === 0 && found > 0) resolve(found);
      else reject(new Error(`${shape}: exit status ${status}, ${JSON.stringify(text)}`));
    });
  });
}
