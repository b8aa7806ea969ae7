// Programs in R, Go, Java and C.
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { CPUS, MANY, SERIAL, program, spans } from './common.mjs';

const text = (count, scale) => String(Math.ceil(count * scale));
const R = { OPENBLAS_NUM_THREADS: '1', OMP_NUM_THREADS: '1' };

/**
 * MANY programs, as many at once as there are workers: xargs -P. Their starts are part of the work: it begins with an
 * empty span.
 */
function batch(workers, argv) {
  const names = Array.from({ length: MANY }, (_, i) => i).join(' ');
  const begin = 'now=$(date +%s.%N); echo "span $now $now 0"';
  // $0 is the number of workers; xargs adds a number that the program ignores.
  return ['sh', '-c', `${begin}; echo ${names} | xargs -n 1 -P "$0" "$@"`, String(workers), ...argv];
}

function compileC(directory) {
  execFileSync('cc', ['-O2', '-fopenmp', '-o', join(directory, 'openmp'), program('native/openmp.c')]);
}

function compileGo(directory) {
  const cache = { ...process.env, GOCACHE: join(directory, 'go'), GO111MODULE: 'off' };
  execFileSync('go', ['build', '-o', join(directory, 'hashes'), program('native/hashes.go')], { env: cache });
}

function compileJava(directory) {
  execFileSync('javac', ['-d', directory, program('native/Streams.java')]);
}

/** N ranks of the OpenMP program, started by a shell's loop. */
function ranks(count, argv) {
  return ['sh', '-c', 'i=0; while [ $i -lt $0 ]; do "$@" & i=$((i+1)); done; wait', String(count), ...argv];
}

export const nativeCases = [
  {
    name: 'data.table',
    kind: 'R, data.table in a cluster of processes',
    packages: ['r-base-core', 'r-cran-data.table'],
    levers: { takes: ['workers'], workers: /makeCluster|makePSOCKcluster/ },
    asItIs: { workers: 0 },
    nxm: { workers: MANY, env: { R_DATATABLE_NUM_PROCS_PERCENT: '100' } },
    byHand: {
      [`${CPUS} workers × 1 thread`]: { workers: CPUS, env: { ...R, R_DATATABLE_NUM_THREADS: '1' } },
      [`${MANY} workers × 1 thread`]: { workers: MANY, env: { ...R, R_DATATABLE_NUM_THREADS: '1' } },
      [`1 worker × ${CPUS} threads`]: { workers: 1, env: { R_DATATABLE_NUM_PROCS_PERCENT: '100' } },
    },
    begun: 'working',
    start: ({ workers }, { scale }) => ({
      argv: ['Rscript', program('native/data_table.R'), String(workers), text(50, scale)],
    }),
    rate: spans,
  },
  {
    name: 'mclapply',
    kind: 'R, mclapply over matrix products',
    packages: ['r-base-core'],
    levers: { takes: ['workers'], workers: /mc\.cores/ },
    asItIs: { workers: 0 },
    nxm: { workers: MANY },
    byHand: {
      [`mc.cores ${CPUS}, 1 thread`]: { workers: CPUS, env: SERIAL },
      [`mc.cores ${MANY}, 1 thread`]: { workers: MANY, env: SERIAL },
      'mc.cores 1': { workers: 1 },
    },
    begun: 'working',
    start: ({ workers }, { scale }) => ({
      argv: ['Rscript', program('native/mclapply.R'), String(workers), text(320, scale)],
    }),
    rate: spans,
  },
  {
    name: 'go-alone',
    kind: 'Go, one process of many goroutines',
    packages: ['golang-go'],
    levers: {},
    asItIs: {},
    nxm: { env: { GOMAXPROCS: String(MANY) } },
    byHand: { [`GOMAXPROCS=${CPUS}`]: { env: { GOMAXPROCS: String(CPUS) } } },
    begun: 'working',
    setUp: compileGo,
    start: (_, { scale, built }) => ({ argv: [join(built, 'hashes'), text(5000, scale)] }),
    rate: spans,
  },
  {
    name: 'go-batch',
    kind: 'Go, several processes by xargs',
    packages: ['golang-go'],
    levers: { takes: ['workers'], workers: /^-P\b|--max-procs|xargs -P/ },
    asItIs: { workers: CPUS },
    nxm: { workers: MANY },
    byHand: {
      [`-P ${CPUS}, GOMAXPROCS=1`]: { workers: CPUS, env: { GOMAXPROCS: '1' } },
      [`-P ${MANY}, GOMAXPROCS=1`]: { workers: MANY, env: { GOMAXPROCS: '1' } },
      '-P 1': { workers: 1 },
    },
    begun: 'working',
    setUp: compileGo,
    start: ({ workers }, { scale, built }) => ({
      argv: batch(workers, [join(built, 'hashes'), text((600 * 8) / MANY, scale)]),
    }),
    rate: spans,
  },
  {
    name: 'java-alone',
    kind: 'JVM, parallel streams',
    packages: ['default-jdk-headless'],
    levers: {},
    asItIs: {},
    nxm: { env: { JAVA_TOOL_OPTIONS: `-Djava.util.concurrent.ForkJoinPool.common.parallelism=${MANY}` } },
    byHand: {
      [`ActiveProcessorCount ${CPUS}`]: { env: { JAVA_TOOL_OPTIONS: `-XX:ActiveProcessorCount=${CPUS}` } },
      ParallelGC: { env: { JAVA_TOOL_OPTIONS: '-XX:+UseParallelGC' } },
    },
    begun: 'working',
    setUp: compileJava,
    start: (_, { scale, built }) => ({ argv: ['java', '-cp', built, 'Streams', text(2500, scale)] }),
    rate: spans,
  },
  {
    name: 'java-batch',
    kind: 'JVM, several processes by xargs',
    packages: ['default-jdk-headless'],
    levers: { takes: ['workers'], workers: /^-P\b|--max-procs|xargs -P/ },
    asItIs: { workers: CPUS },
    nxm: { workers: MANY },
    byHand: {
      [`-P ${CPUS}, ActiveProcessorCount 1`]: {
        workers: CPUS,
        env: { JAVA_TOOL_OPTIONS: '-XX:ActiveProcessorCount=1' },
      },
      [`-P ${MANY}, ActiveProcessorCount 1`]: {
        workers: MANY,
        env: { JAVA_TOOL_OPTIONS: '-XX:ActiveProcessorCount=1' },
      },
      '-P 1': { workers: 1 },
    },
    begun: 'working',
    setUp: compileJava,
    start: ({ workers }, { scale, built }) => ({
      argv: batch(workers, ['java', '-cp', built, 'Streams', text((200 * 8) / MANY, scale)]),
    }),
    rate: spans,
  },
  {
    name: 'openmp',
    kind: 'C, one OpenMP team with barriers',
    packages: ['gcc'],
    levers: {},
    asItIs: {},
    nxm: { env: { OMP_NUM_THREADS: String(CPUS + 1) } },
    byHand: {
      [`${CPUS} threads`]: { env: { OMP_NUM_THREADS: String(CPUS) } },
      [`${CPUS} threads, bound`]: { env: { OMP_NUM_THREADS: String(CPUS), OMP_PROC_BIND: 'close' } },
    },
    begun: 'working',
    setUp: compileC,
    start: (_, { scale, built }) => ({ argv: [join(built, 'openmp'), text(40_000, scale)] }),
    rate: spans,
  },
  {
    name: 'ranks',
    kind: 'C, OpenMP ranks by a shell’s loop',
    packages: ['gcc', 'util-linux'],
    levers: { takes: ['workers'] },
    asItIs: { workers: CPUS },
    nxm: { workers: MANY },
    byHand: {
      [`${CPUS} ranks × 1 thread, taskset each`]: { workers: CPUS, env: SERIAL, pinned: true },
      [`${CPUS} ranks × 1 thread`]: { workers: CPUS, env: SERIAL },
      [`1 rank × ${CPUS} threads`]: { workers: 1 },
    },
    begun: 'working',
    setUp: compileC,
    start: ({ workers, pinned }, { scale, built }) => {
      const rank = [join(built, 'openmp'), text(40_000 / workers, scale)];
      const taskset = `exec taskset -c $((i % ${CPUS})) "$@"`;
      return { argv: ranks(workers, pinned ? ['sh', '-c', taskset, 'rank', ...rank] : rank) };
    },
    launch: ({ scale, built }) => ({ ranks: CPUS, argv: [join(built, 'openmp'), text(40_000 / CPUS, scale)] }),
    rate: spans,
  },
];
