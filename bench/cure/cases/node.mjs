// Programs for Node.js, whose packages the bench installs in its own folder.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CPUS, MANY, program, spans } from './common.mjs';

const VITEST = fileURLToPath(new URL('../node_modules/vitest/vitest.mjs', import.meta.url));
const run = (name, ...words) => [process.execPath, program(`node/${name}`), ...words.map(String)];
const many = (count, scale) => Math.ceil(count * scale);

export const nodeCases = [
  {
    name: 'duckdb',
    kind: 'DuckDB in Node',
    modules: ['@duckdb/node-api'],
    levers: { takes: ['threads'], threads: /\bthreads\b/ },
    asItIs: { threads: 0 },
    nxm: { threads: 2 * MANY },
    byHand: { [`threads ${CPUS}`]: { threads: CPUS }, 'threads 1': { threads: 1 } },
    begun: 'working',
    start: ({ threads }, { scale }) => ({ argv: run('duckdb.mjs', threads, many(60, scale)) }),
    rate: spans,
  },
  {
    name: 'sharp',
    kind: 'sharp, images resized in libuv’s pool',
    modules: ['sharp'],
    levers: { takes: ['threads'], threads: /concurrency/ },
    asItIs: { threads: 0 },
    nxm: { threads: MANY, env: { UV_THREADPOOL_SIZE: '16' } },
    byHand: {
      [`concurrency 1, libuv ${CPUS}`]: { threads: 1, env: { UV_THREADPOOL_SIZE: String(CPUS) } },
      'concurrency 1, libuv 4': { threads: 1 },
      [`concurrency ${CPUS}, libuv 4`]: { threads: CPUS },
    },
    begun: 'working',
    start: ({ threads }, { scale }) => ({ argv: run('sharp.mjs', threads, many(120, scale)) }),
    rate: spans,
  },
  {
    name: 'onnxruntime',
    kind: 'onnxruntime-node in worker processes',
    modules: ['onnxruntime-node'],
    levers: { takes: ['workers', 'threads'], threads: /intra_?op/i },
    asItIs: { workers: 0, threads: 0 },
    nxm: { workers: MANY, threads: 0 },
    byHand: {
      [`${CPUS} workers × 1 thread`]: { workers: CPUS, threads: 1 },
      [`${MANY} workers × 1 thread`]: { workers: MANY, threads: 1 },
      [`1 worker × ${CPUS} threads`]: { workers: 1, threads: CPUS },
    },
    begun: 'working',
    start: ({ workers, threads }, { scale }) => ({ argv: run('onnx.mjs', workers, threads, many(800, scale)) }),
    rate: spans,
  },
  {
    name: 'piscina',
    kind: 'piscina, worker threads of one process',
    modules: ['piscina'],
    levers: { takes: ['workers'], workers: /maxThreads|worker/i },
    asItIs: { workers: 0 },
    nxm: { workers: 2 * MANY },
    byHand: { [`maxThreads ${CPUS}`]: { workers: CPUS }, 'maxThreads 1': { workers: 1 } },
    begun: 'working',
    start: ({ workers }, { scale }) => ({ argv: run('piscina.mjs', workers, many(300, scale)) }),
    rate: spans,
  },
  {
    name: 'vitest',
    kind: 'vitest, test files in processes',
    modules: ['vitest'],
    levers: { takes: ['workers'], workers: /maxWorkers/i },
    asItIs: { workers: 0 },
    nxm: { workers: MANY },
    byHand: { [`--maxWorkers=${CPUS}`]: { workers: CPUS }, '--maxWorkers=1': { workers: 1 } },
    settle: 1500,
    prepare({ directory, scale }) {
      const text = `import { work } from '${program('node/vitest-work.mjs')}';\ntest('works', () => work(3));\n`;
      for (let i = 0; i < many(12, scale); i++) writeFileSync(join(directory, `case${i}.test.mjs`), text);
    },
    start: ({ workers }, { directory }) => ({
      argv: [
        ...[process.execPath, VITEST, 'run', '--root', directory, '--globals', '--pool=forks', '--reporter=basic'],
        ...(workers > 0 ? [`--maxWorkers=${workers}`, `--minWorkers=${workers}`] : []),
      ],
    }),
    rate: ({ stdout }) => {
      const text = stdout.replace(/\x1b\[[\d;]*m/g, '');
      const [, files] = /Test Files +(\d+) passed/.exec(text) ?? [];
      const [, time, unit] = /Duration +([\d.]+)(ms|s)/.exec(text) ?? [];
      return files / (unit === 'ms' ? time / 1000 : time);
    },
  },
];
