// A training pool without Python: every worker process fits a small neural network to its own fold of the data.
//
//   npx governor run --export POOL_SIZE=workers -- node examples/train-pool.mjs [SECONDS]
import cluster from 'node:cluster';
import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';

const SECONDS = Number(process.argv[2] ?? 5);
const POOL_SIZE = Number(process.env.POOL_SIZE ?? availableParallelism());
const ROWS = 256,
  INPUTS = 16,
  HIDDEN = 32;

if (cluster.isPrimary) {
  const workers = Array.from({ length: POOL_SIZE }, (_, fold) => cluster.fork({ FOLD: fold }));
  const results = await Promise.all(
    workers.map(
      worker =>
        new Promise((resolve, reject) => {
          worker.once('message', resolve);
          worker.once('exit', code => reject(new Error(`a worker ended with status ${code}`)));
        }),
    ),
  );
  const rate = results.reduce((sum, result) => sum + result.steps, 0) / SECONDS;
  for (const { fold, cpus, loss, steps } of results) {
    console.log(`fold ${fold}: CPU ${cpus}, ${steps} steps, loss ${loss[0].toFixed(4)} -> ${loss[1].toFixed(4)}`);
  }
  console.log(`${POOL_SIZE} worker${POOL_SIZE === 1 ? '' : 's'}, ${Math.round(rate)} steps per second in all`);
} else {
  process.send(train(Number(process.env.FOLD)), () => process.disconnect());
}

/** Gradient descent on one hidden layer. */
function train(fold) {
  const random = generator(fold + 1);
  const x = matrix(ROWS, INPUTS, random);
  const y = Array.from(x, row => Math.sin(row.reduce((a, b) => a + b)));
  const w1 = matrix(HIDDEN, INPUTS, random);
  const w2 = Float64Array.from({ length: HIDDEN }, () => random() / HIDDEN);
  const first = step(x, y, w1, w2);
  let last = first,
    steps = 0;
  for (const end = Date.now() + SECONDS * 1000; Date.now() < end; steps++) last = step(x, y, w1, w2);
  const cpus = /^Cpus_allowed_list:\s*(.*)$/m.exec(readFileSync('/proc/self/status', 'utf8'))[1];
  return { fold, cpus, steps, loss: [first, last] };
}

function step(x, y, w1, w2) {
  const rate = 0.05 / ROWS;
  let loss = 0;
  const hidden = new Float64Array(HIDDEN);
  for (let r = 0; r < ROWS; r++) {
    let output = 0;
    for (let h = 0; h < HIDDEN; h++) {
      let sum = 0;
      for (let i = 0; i < INPUTS; i++) sum += w1[h][i] * x[r][i];
      hidden[h] = Math.tanh(sum);
      output += w2[h] * hidden[h];
    }
    const error = output - y[r];
    loss += (error * error) / ROWS;
    for (let h = 0; h < HIDDEN; h++) {
      const back = error * w2[h] * (1 - hidden[h] * hidden[h]);
      w2[h] -= rate * error * hidden[h];
      for (let i = 0; i < INPUTS; i++) w1[h][i] -= rate * back * x[r][i];
    }
  }
  return loss;
}

function matrix(rows, columns, random) {
  return Array.from({ length: rows }, () => Float64Array.from({ length: columns }, () => random() - 0.5));
}

/** A small generator of random numbers, the same for the same seed. */
function generator(seed) {
  return () => {
    seed = (Math.imul(seed ^ (seed >>> 15), 0x2c1b3c6d) + 0x9e3779b9) | 0;
    return ((seed ^ (seed >>> 12)) >>> 0) / 2 ** 32;
  };
}
