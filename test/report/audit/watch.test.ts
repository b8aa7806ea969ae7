import assert from 'node:assert/strict';
import fc from 'fast-check';
import stringWidth from 'string-width';
import { auditCensus, type Audit, type WatchedProcess } from '../../../lib/core/audit/audit.js';
import type { Cpuset } from '../../../lib/core/cpuset.js';
import type { Host } from '../../../lib/core/machine/host.js';
import type { Past } from '../../../lib/report/audit/watch/chart.js';
import { formatFrame } from '../../../lib/report/audit/watch/frame.js';
import type { Paint } from '../../../lib/report/paint.js';
import { formatSample } from '../../../lib/report/audit/watch/sample-line.js';
import { owner } from '../../helpers/audit/audits.js';
import { HOSTS, madeHost } from '../../helpers/machine/hosts.js';
import { holds } from '../../helpers/property.js';

const OPENBLAS = '/usr/lib/libopenblas.so.0';
const HOSTILE = 'a\x1b[2J\n\u202e漢字😀e\u0301';
const CENSUS = { window: 1, root: 100, governor: null, start: null, startedWith: {} };
const plain: Paint = (_, text) => text;

interface Program {
  workers: number;
  /** threads per worker, including the main thread; all run all the time */
  threads: number;
  command?: string;
  library?: string;
  /** affinity of each worker; default all CPUs */
  place?: (worker: number) => Cpuset;
}

function audited(host: Host, { workers, threads, command = 'python3', library = 'OpenBLAS', place }: Program): Audit {
  const all = host.cpus.map(cpu => cpu.cpu);
  const process = (pid: number, count: number, run: number, affinity: Cpuset): WatchedProcess => ({
    process: {
      pid,
      ppid: pid === 100 ? 1 : 100,
      group: 100,
      session: 100,
      state: 'S',
      kernel: false,
      comm: command,
      threads: count,
      cpuTime: 0,
      startTime: 7,
      commandLine: [command, 'train.py'],
      executable: '/usr/bin/python3',
      clusterWorker: false,
    },
    run: count * run,
    wait: 0,
    environment: {},
    modules: [],
    denied: null,
    truncated: null,
    threads: Array.from({ length: count }, (_, i) => ({
      pid,
      tid: pid + i * 1000,
      startTime: 7,
      name: command,
      state: 'R',
      affinity,
      lastCpu: affinity[(pid + i) % affinity.length]!,
      run,
      wait: 0,
      sliceMs: 3,
      present: 1,
      ran: 1,
      alive: true,
      owner: i === 0 ? owner('main') : owner(library, OPENBLAS),
      voluntary: null,
      involuntary: null,
    })),
  });
  const processes = [
    process(100, 1, 0, all),
    ...Array.from({ length: workers }, (_, i) => process(101 + i, threads, 1, place?.(i) ?? all)),
  ];
  return auditCensus({ ...CENSUS, processes, throttled: null, strangers: [], ancestors: [], pids: [] }, host);
}

const pastOf = (audit: Audit, samples = 1): Past[] =>
  Array.from({ length: samples }, (_, i) => ({ demand: (audit.demand * (i + 1)) / samples, verdict: audit.verdict }));
const frame = (audit: Audit, { width = 80, height = 24, past = pastOf(audit) } = {}) =>
  formatFrame({ pid: 100, audit, past, interval: 1 }, width, height, plain);
const big = madeHost({ packages: 2, cores: 128, threads: 2 });

describe('the screen of governor watch', () => {
  it('80 × 24: verdict, demand over time, owners, CPUs, findings', () => {
    const audit = audited(HOSTS.smt12, { workers: 3, threads: 5, place: worker => [worker] });
    assert.deepEqual(
      frame(audit, { past: pastOf(audit, 4) }).map(line => line.trimEnd()),
      [
        '100 python3 train.py',
        'over-subscribed  demand 1.25 = 15.0 CPUs wanted ÷ 12 CPUs',
        'ran 15.0  waited 0.0  ratio 1.3  16 threads  4 processes',
        '',
        'DEMAND  CPUs wanted ÷ CPUs',
        ' 1.3     █',
        '        ██',
        '       ███',
        '   0  ████',
        '',
        'WANTED  THREADS     OWNER     IN              FILE',
        '   3.0  4           main      all',
        '  12.0  3 × 5 = 15  OpenBLAS  workers of 100  /usr/lib/libopenblas.so.0',
        '',
        'CPUS 0-11  █ a running thread, ▒ one that may not use all of them',
        ' 0 ▒▒▒▒▒    5      1 ▒▒▒▒▒    5      2 ▒▒▒▒▒    5      3',
        ' 4                 5                 6                 7',
        ' 8                 9                10                11',
        '5 running threads may use 0; 5 may use 1; 5 may use 2',
        '',
        'FOUND  team-larger-than-cpus (governor audit 100)',
        '',
        '',
        'q quits; a sample every 1 s',
      ],
    );
  });

  it('before the first sample', () => {
    assert.deepEqual(formatFrame({ pid: 7, audit: null, past: [], interval: 5 }, 80, 5, plain), [
      'pid 7',
      'the first sample comes after 5 s',
      '',
      '',
      'q quits; a sample every 5 s',
    ]);
  });

  it('the newest samples, at the right, if there are more than columns', () => {
    const past: Past[] = [
      ...Array.from({ length: 500 }, (): Past => ({ demand: 4, verdict: 'over-subscribed' })),
      { demand: 0, verdict: 'idle' },
    ];
    const foot = frame(audited(HOSTS.smt12, { workers: 1, threads: 1 }), { past }).find(line =>
      line.startsWith('   0  '),
    )!;
    assert.equal(foot, `   0  ${'█'.repeat(73)}▁`);
  });

  it('256 CPUs: a digit each', () => {
    const text = frame(audited(big, { workers: 1, threads: 300 }));
    const rows = text.filter(line => /^ *\d+( [\d·+]{8}){8}$/.test(line));
    assert.deepEqual(
      rows.map(row => Number.parseInt(row, 10)),
      [0, 64, 128, 192],
    );
    assert.ok(text.includes('300 running threads may use 0-255'));
  });

  it('500 programs: as many owners as fit, and the number of the rest', () => {
    const text = frame(audited(big, { workers: 500, threads: 2 })).join('\n');
    assert.match(text, /501 +main/);
    assert.match(text, /500 × 2 = 1000 {2}OpenBLAS {2}workers of 100/);
    const shells = audited(big, { workers: 1, threads: 2 });
    const pools = Array.from({ length: 500 }, (_, i) => ({
      ...shells.pools[0]!,
      role: 'other' as const,
      pids: [i + 1],
    }));
    const shown = frame({ ...shells, pools });
    const listed = shown.filter(line => / OpenBLAS {2}pid \d+ /.test(line)).length;
    assert.ok(listed >= 1);
    assert.ok(shown.includes(`… and ${500 - listed} more`), shown.join('\n'));
  });

  it('never wider or higher than the terminal, whatever the names', () => {
    const programs = [
      audited(HOSTS.smt12, { workers: 3, threads: 5, command: HOSTILE, library: HOSTILE }),
      audited(big, { workers: 500, threads: 2 }),
      audited(big, { workers: 256, threads: 3, place: worker => [worker] }),
      audited(HOSTS.oneCpu, { workers: 0, threads: 0 }),
    ];
    for (const audit of programs) for (const width of [40, 80, 200]) within(frame(audit, { width }), width, 24);
    holds<[number, number, number]>(
      [fc.nat({ max: 3 }), fc.nat({ max: 250 }), fc.nat({ max: 60 })],
      (program, width, height) => {
        within(frame(programs[program]!, { width, height, past: pastOf(programs[program]!, 300) }), width, height);
      },
    );
  });

  it('uses the whole screen, with the keys on the last line', () => {
    for (const height of [1, 2, 5, 10, 24, 60]) {
      const lines = frame(audited(HOSTS.smt12, { workers: 3, threads: 5 }), { height });
      assert.equal(lines.length, height);
      if (height > 3) assert.equal(lines.at(-1), 'q quits; a sample every 1 s');
    }
  });
});

function within(lines: readonly string[], width: number, height: number): void {
  assert.ok(lines.length <= height, `${lines.length} lines on ${height}`);
  for (const line of lines) {
    assert.ok(stringWidth(line) <= width, `${JSON.stringify(line)} on ${width} columns`);
    assert.doesNotMatch(line, /[\p{Cc}\p{Cf}]/u);
  }
}

describe('a sample as one line', () => {
  const time = new Date(Date.UTC(2026, 0, 2, 3, 4, 5, 678));

  it('time, verdict, figures, pools', () => {
    assert.equal(
      formatSample(audited(HOSTS.smt12, { workers: 3, threads: 5 }), time, plain),
      '2026-01-02T03:04:05Z  fine  demand 1.25  ran 15.00  waited 0.00  ratio 1.33  threads 16  pools OpenBLAS 3×5',
    );
  });
  it('stays one line, whatever the names', () => {
    const line = formatSample(audited(HOSTS.smt12, { workers: 1, threads: 2, library: HOSTILE }), time, plain);
    assert.doesNotMatch(line, /[\p{Cc}\p{Cf}]/u);
  });
});
