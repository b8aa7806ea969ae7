// Programs in Python.
import { existsSync } from 'node:fs';
import { CPUS, MANY, SERIAL, program, spans } from './common.mjs';

/** Debian's own Python: another one on PATH does not see Debian's packages. */
const PYTHON = existsSync('/usr/bin/python3') ? '/usr/bin/python3' : 'python3';

const serial = { workers: CPUS, env: SERIAL };
const alone = { workers: 1, env: {} };

/** A script whose first parameter after its words is the number of workers. */
function pool(name, kind, script, words, packages, tasks, options = {}) {
  return {
    name,
    kind,
    packages,
    levers: { takes: ['workers'] },
    asItIs: { workers: options.naive ?? 0 },
    nxm: { workers: MANY },
    byHand: {
      [`${CPUS} workers × 1 thread`]: serial,
      [`1 worker × ${CPUS} threads`]: alone,
      [`${MANY} workers × 1 thread`]: { workers: MANY, env: SERIAL },
    },
    begun: 'working',
    start: ({ workers }, { scale }) => ({
      argv: [PYTHON, program(`python/${script}`), ...words, String(workers), String(Math.ceil(tasks * scale))],
    }),
    rate: spans,
    ...options.more,
  };
}

const NUMPY = ['python3-numpy'];

export const pythonCases = [
  pool('numpy-fork', 'numpy, multiprocessing by fork', 'numpy_pool.py', ['fork'], NUMPY, 300),
  pool('numpy-spawn', 'numpy, multiprocessing by spawn', 'numpy_pool.py', ['spawn'], NUMPY, 300),
  pool('joblib-loky', 'numpy, joblib processes', 'joblib_pool.py', ['loky'], [...NUMPY, 'python3-joblib'], 300, {
    naive: -1,
  }),
  pool('joblib-threads', 'numpy, joblib threads', 'joblib_pool.py', ['threading'], [...NUMPY, 'python3-joblib'], 300, {
    naive: -1,
  }),
  pool('grid-search', 'scikit-learn, GridSearchCV of OpenMP trees', 'grid_search.py', [], ['python3-sklearn'], 24, {
    naive: -1,
  }),
  {
    name: 'torch-alone',
    kind: 'torch, one process',
    packages: ['python3-torch'],
    levers: {},
    asItIs: {},
    nxm: { env: { OMP_NUM_THREADS: String(MANY) } },
    byHand: {
      [`${CPUS} threads`]: { env: { OMP_NUM_THREADS: String(CPUS) } },
      '1 thread': { env: { OMP_NUM_THREADS: '1' } },
    },
    begun: 'working',
    start: (_, { scale }) => ({ argv: [PYTHON, program('python/torch_alone.py'), String(Math.ceil(150 * scale))] }),
    rate: spans,
  },
  pool('torch-loader', 'torch, DataLoader workers', 'torch_loader.py', [], ['python3-torch'], 60, {
    naive: 2,
    more: {
      byHand: {
        '1 worker, torch’s own threads': { workers: 1 },
        [`${CPUS} workers × 1 thread`]: serial,
        '1 worker × 1 thread': { workers: 1, env: SERIAL },
      },
    },
  }),
  {
    name: 'gunicorn',
    kind: 'gunicorn, numpy handlers',
    packages: ['gunicorn', 'python3-numpy'],
    levers: { takes: ['workers'], workers: /^(-w|--workers)\b/ },
    asItIs: { workers: 2 * CPUS + 1 },
    nxm: { workers: MANY },
    byHand: {
      [`-w ${CPUS}, 1 thread`]: serial,
      [`-w ${MANY}, 1 thread`]: { workers: MANY, env: SERIAL },
      '-w 1': alone,
    },
    begun: 'working',
    start: ({ workers }, { scale, port, node }) => ({
      argv: [
        'gunicorn',
        ...['-w', String(workers), '-b', `127.0.0.1:${port}`, '--log-level', 'error'],
        ...['--chdir', program('python'), 'handlers:app'],
      ],
      port,
      client: [node, program('node/load.mjs'), String(port), String(Math.ceil(1200 * scale))],
    }),
    rate: spans,
  },
  {
    name: 'pytest-xdist',
    kind: 'pytest-xdist, numpy tests',
    packages: ['python3-pytest-xdist', 'python3-numpy'],
    levers: { takes: ['workers'], workers: /^(-n|--numprocesses)/ },
    asItIs: { workers: 'auto' },
    nxm: { workers: MANY },
    byHand: {
      [`-n ${CPUS}, 1 thread`]: serial,
      [`-n ${MANY}, 1 thread`]: { workers: MANY, env: SERIAL },
      '-n 1': alone,
    },
    settle: 2000,
    start: ({ workers }, { scale, directory }) => ({
      argv: [
        ...[PYTHON, '-m', 'pytest', '-q', '-p', 'no:cacheprovider', '-n', String(workers)],
        ...['--rootdir', directory, program('pytest')],
      ],
      env: { BENCH_TESTS: String(Math.ceil(60 * scale)), PYTHONDONTWRITEBYTECODE: '1' },
    }),
    rate: ({ stdout }) => {
      const [, passed, seconds] = /(\d+) passed in ([\d.]+)s/.exec(stdout) ?? [];
      return passed / seconds;
    },
  },
];
