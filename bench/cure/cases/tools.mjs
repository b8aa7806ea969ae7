// Programs that people run as they are.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CPUS, MANY, program, spans } from './common.mjs';

const count = (number, scale) => Math.ceil(number * scale);

/** ffmpeg that encodes a synthetic picture, with its own clock's report. */
function encode(threads, seconds) {
  return [
    ...['ffmpeg', '-nostdin', '-hide_banner', '-loglevel', 'info', '-benchmark'],
    ...['-f', 'lavfi', '-i', `testsrc2=size=640x360:rate=30:duration=${seconds}`],
    ...['-c:v', 'libx264', '-preset', 'veryfast', ...(threads > 0 ? ['-threads', String(threads)] : [])],
    ...['-f', 'null', '-'],
  ];
}

/** Jobs per second from GNU parallel's log of jobs: its third and fourth columns are start and seconds. */
function jobs(_, { directory }) {
  const rows = readFileSync(logOf(directory), 'utf8')
    .split('\n')
    .map(line => line.split('\t'))
    .filter(([sequence]) => /^\d+$/.test(sequence));
  const first = Math.min(...rows.map(row => Number(row[2])));
  const last = Math.max(...rows.map(row => Number(row[2]) + Number(row[3])));
  return rows.every(row => row[6] === '0') ? rows.length / (last - first) : NaN;
}

export const toolCases = [
  {
    name: 'redis',
    kind: 'redis with io-threads',
    packages: ['redis-server', 'redis-tools'],
    levers: { takes: ['threads'], threads: /io-threads/ },
    asItIs: { threads: 1 },
    nxm: { threads: 2 * CPUS },
    byHand: { [`io-threads ${CPUS}`]: { threads: CPUS }, 'io-threads 1': { threads: 1 } },
    settle: 500,
    start: ({ threads }, { scale, port, directory }) => ({
      argv: [
        ...['redis-server', '--port', String(port), '--save', '', '--appendonly', 'no', '--dir', directory],
        ...['--io-threads', String(threads), '--io-threads-do-reads', threads > 1 ? 'yes' : 'no'],
      ],
      port,
      client: [
        ...['redis-benchmark', '-p', String(port), '-t', 'set,get', '-q', '-c', '32', '-P', '16', '-d', '256'],
        ...['-n', String(count(150_000, scale)), '-r', '100000'],
      ],
    }),
    rate: ({ stdout, seconds }) => (/GET: /.test(stdout) ? 1 / seconds : NaN),
  },
  {
    name: 'ffmpeg',
    kind: 'ffmpeg, one encoding by x264',
    packages: ['ffmpeg'],
    levers: { takes: ['threads'], threads: /-threads/ },
    asItIs: { threads: 0 },
    nxm: { threads: 2 * MANY },
    byHand: { [`-threads ${CPUS}`]: { threads: CPUS }, [`-threads ${2 * CPUS}`]: { threads: 2 * CPUS } },
    settle: 500,
    start: ({ threads }, { scale }) => ({ argv: encode(threads, count(15, scale)) }),
    rate: ({ stderr }) => 1 / Number(/rtime=([\d.]+)s/.exec(stderr)?.[1]),
  },
  {
    name: 'ffmpeg-batch',
    kind: 'ffmpeg, several encodings by GNU parallel',
    packages: ['ffmpeg', 'parallel'],
    levers: { takes: ['workers', 'threads'], workers: /^(-j|--jobs)/, threads: /-threads/ },
    asItIs: { workers: 0, threads: 0 },
    nxm: { workers: MANY, threads: 0 },
    byHand: {
      [`-j ${CPUS}, -threads 1`]: { workers: CPUS, threads: 1 },
      [`-j ${MANY}, -threads 1`]: { workers: MANY, threads: 1 },
      '-j 1': { workers: 1, threads: 0 },
    },
    settle: 700,
    start: ({ workers, threads }, { scale, directory }) => ({
      argv: parallel(
        workers,
        [...encode(threads, count((2 * 8) / MANY, scale)), '-loglevel', 'error'],
        MANY,
        directory,
      ),
    }),
    rate: jobs,
  },
  {
    name: 'parallel',
    kind: 'GNU parallel, single-threaded jobs',
    packages: ['parallel', 'bzip2'],
    levers: { takes: ['workers'], workers: /^(-j|--jobs)/ },
    asItIs: { workers: 0 },
    nxm: { workers: MANY },
    byHand: { [`-j ${CPUS}`]: { workers: CPUS }, [`-j ${2 * CPUS}`]: { workers: 2 * CPUS } },
    settle: 500,
    prepare({ directory }) {
      const words = Array.from({ length: 150_000 }, (_, i) => ((i * 7919) % 100_003).toString(36));
      writeFileSync(join(directory, 'words'), words.join('\n'));
    },
    start: ({ workers }, { scale, directory }) => ({
      argv: parallel(
        workers,
        ['bzip2', '-k', '-c', join(directory, 'words'), '>', '/dev/null'],
        count(16, scale),
        directory,
      ),
    }),
    rate: jobs,
  },
  {
    name: 'make',
    kind: 'make -j of C files',
    packages: ['make', 'gcc'],
    levers: { takes: ['workers'], workers: /^(-j|--jobs)/ },
    asItIs: { workers: 0 },
    nxm: { workers: MANY },
    byHand: { [`-j${CPUS}`]: { workers: CPUS }, [`-j${CPUS + 1}`]: { workers: CPUS + 1 } },
    settle: 500,
    start: ({ workers }, { scale, directory }) => {
      const words = ['-s', '-f', program('native/Makefile'), `DIRECTORY=${directory}`, `UNITS=${count(12, scale)}`];
      const own = ['sh', '-c', 'exec make -j$(nproc) "$@"', 'make', ...words];
      return { argv: workers > 0 ? ['make', `-j${workers}`, ...words] : own };
    },
    rate: spans,
  },
];

const logOf = directory => join(directory, 'jobs');

/** `repeats` times the same command by GNU parallel, which keeps a log of the jobs. */
function parallel(workers, command, repeats, directory) {
  const jobsAtOnce = workers > 0 ? ['-j', String(workers)] : [];
  const times = Array.from({ length: repeats }, (_, i) => String(i));
  return ['parallel', ...jobsAtOnce, '--joblog', logOf(directory), '-N0', command.join(' '), ':::', ...times];
}
