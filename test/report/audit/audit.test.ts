import assert from 'node:assert/strict';
import { auditCensus, type Audit, type Census, type WatchedProcess } from '../../../lib/core/audit/audit.js';
import { formatAudit } from '../../../lib/report/audit/audit.js';
import { HOSTS } from '../../helpers/machine/hosts.js';
import { owner } from '../../helpers/audit/audits.js';

const OPENBLAS = '/usr/lib/libopenblas.so.0';

interface Program {
  workers: number;
  threads: number;
  command?: string;
  commandLine?: readonly string[];
  environment?: Record<string, string> | null;
  denied?: string;
}

/** A program on 12 CPUs with workers whose threads run all the time; all but the main threads are OpenBLAS's. */
function census({
  workers,
  threads,
  command = 'python3',
  commandLine = ['python3', 'train.py'],
  environment = {},
  denied,
}: Program): Census {
  const affinity = HOSTS.smt12.cpus.map(cpu => cpu.cpu);
  const process = (pid: number, count: number, run: number): WatchedProcess => ({
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
      commandLine,
      executable: '/usr/bin/python3',
      clusterWorker: false,
    },
    run: count * run,
    wait: 0,
    environment,
    modules: [{ path: OPENBLAS, library: 'OpenBLAS', configured: count }],
    denied: denied ?? null,
    truncated: null,
    threads: Array.from({ length: count }, (_, i) => ({
      pid,
      tid: pid + i * 1000,
      startTime: 7,
      name: command,
      state: 'R',
      affinity,
      lastCpu: i,
      run,
      wait: 0,
      sliceMs: 3,
      present: 1,
      ran: 1,
      alive: true,
      owner: i === 0 ? owner('main') : owner('OpenBLAS', OPENBLAS),
      voluntary: null,
      involuntary: null,
    })),
  });
  return {
    window: 1,
    processes: [process(100, 1, 0), ...Array.from({ length: workers }, (_, i) => process(101 + i, threads, 1))],
    root: 100,
    governor: null,
    start: commandLine.length > 0 ? { words: commandLine, directory: null } : null,
    startedWith: environment,
    throttled: null,
    strangers: [],
    ancestors: [],
    pids: [],
  };
}

const audited = (program: Program, told: Partial<Audit> = {}): Audit => ({
  ...auditCensus(census(program), HOSTS.smt12),
  ...told,
});
const plain = (audit: Audit) => formatAudit(audit, (_, text) => text);

describe('audit as text', () => {
  it('fine: the verdict, the owners, the processes, the variables', () => {
    assert.equal(
      plain(audited({ workers: 2, threads: 4, environment: { OMP_NUM_THREADS: '4', MC_CORES: '2' } })),
      [
        'fine: python3 (pid 100): 8.0 CPUs wanted ÷ 12 CPUs = demand 0.67',
        'Ran on 8.0 CPUs, waited for 0.0, 3.0 ms at a time',
        '9 threads in 3 processes ÷ 12 CPUs (0-11) = ratio 0.8',
        'Workers of 100: 2 processes × 4 threads = 8 threads',
        '2 workers × 4 OpenBLAS threads = 8, on 12 CPUs = 0.7 ×',
        '',
        'OWNER        IN              PROCESSES  THREADS EACH  CONFIGURED  WANTED  FILE',
        'OpenBLAS     workers of 100          2             3           4     6.0  /usr/lib/libopenblas.so.0',
        'main thread  workers of 100          2             1                 2.0',
        '',
        'PID  PPID  ROLE    THREADS  RAN  WAITED  CPUS  COMMAND',
        '100     1  root          1  0.0     0.0  0-11  python3 train.py',
        '101   100  worker        4  4.0     0.0  0-11  python3 train.py',
        '102   100  worker        4  4.0     0.0  0-11  python3 train.py',
        '',
        'Variables: OMP_NUM_THREADS=4 MC_CORES=2',
      ].join('\n'),
    );
  });
  it('over-subscribed: N × M, and what to set', () => {
    const text = plain(
      audited({ workers: 11, threads: 5, environment: { OMP_NUM_THREADS: '5', OMP_PROC_BIND: 'true' } }),
    ).split('\n');
    assert.equal(text[0], 'over-subscribed: python3 (pid 100): 55.0 CPUs wanted ÷ 12 CPUs = demand 4.58');
    assert.ok(text.includes('11 workers × 5 OpenBLAS threads = 55, on 12 CPUs = 4.6 ×'));
    assert.deepEqual(text.slice(text.indexOf('What to set') - 1), [
      '',
      'What to set',
      '  OpenBLAS: 5 threads in a process, use 1: OMP_NUM_THREADS=1',
      '    https://github.com/OpenMathLib/OpenBLAS#setting-the-number-of-threads-using-environment-variables',
      'start it so:',
      '  env -u OMP_NUM_THREADS -u OMP_PROC_BIND governor run -- python3 train.py',
      'or, before the program starts:',
      '  export OMP_NUM_THREADS=1',
      '  unset OMP_PROC_BIND    # it pins the main thread, and all workers inherit the pin',
    ]);
  });
  it('workers with different numbers of threads: the most, and the true sum', () => {
    const many = census({ workers: 3, threads: 5 });
    const processes = many.processes.map((process, i) =>
      i === 2 ? { ...process, threads: process.threads.slice(0, 2) } : process,
    );
    const text = plain(auditCensus({ ...many, processes }, HOSTS.smt12)).split('\n');
    assert.ok(text.includes('Workers of 100: 3 processes × up to 5 threads = 12 threads'));
    assert.ok(text.includes('3 workers × up to 5 OpenBLAS threads = 12, on 12 CPUs = 1.0 ×'));
    assert.ok(text.includes('13 threads in 4 processes ÷ 12 CPUs (0-11) = ratio 1.1'));
  });
  it('a program whose command line is a title: what to set, and no command', () => {
    const many = { ...census({ workers: 11, threads: 5 }), start: null };
    const text = plain(auditCensus(many, HOSTS.smt12));
    assert.match(text, /^before python3 starts:\n {2}export OPENBLAS_NUM_THREADS=1$/m);
    assert.doesNotMatch(text, /governor run/);
  });
  it('a program of another directory: the command changes to it', () => {
    const start = { words: ['./train', '1'], directory: '/srv/my data' };
    const { fix } = auditCensus({ ...census({ workers: 11, threads: 5 }), start }, HOSTS.smt12);
    assert.equal(fix?.command, "cd '/srv/my data' && governor run -- ./train 1");
    assert.deepEqual([fix?.run, fix?.directory], [['governor', 'run', '--', './train', '1'], '/srv/my data']);
  });
  it('a governor: one line says what is shown, and what is left out', () => {
    const governor = { pid: 90, command: 'run', processes: 3, threads: 14 } as const;
    assert.equal(
      plain(audited({ workers: 2, threads: 1 }, { governor })).split('\n')[1],
      'Inside governor run (pid 90), whose own 3 processes and 14 threads are left out',
    );
    const ranks = census({ workers: 2, threads: 1 });
    const launch = {
      ...ranks,
      processes: ranks.processes.slice(1),
      governor: { ...governor, pid: 100, command: 'launch' } as const,
    };
    const lines = plain(auditCensus(launch, HOSTS.smt12)).split('\n');
    assert.match(lines[0]!, /^fine: python3 \(launched by pid 100\): 2\.0 CPUs wanted/);
    assert.equal(
      lines[1],
      'The 2 ranks of governor launch (pid 100), whose own 3 processes and 14 threads are left out',
    );
    assert.ok(lines.includes('Workers of 100: 2 processes × 1 thread = 2 threads'));
  });
  it('too many workers with one thread: their main threads, and how many to start', () => {
    const text = plain(audited({ workers: 24, threads: 1 }));
    assert.match(text, /^main thread +workers of 100 +24 +1 +24\.0$/m);
    assert.match(text, /^ {2}24 workers on 12 CPUs: start 12 \(multiprocessing: Pool\(12\), .*\)$/m);
    assert.doesNotMatch(text, /export|governor run/);
  });
  it('an option of the program: the command with it, which needs no governor', () => {
    const text = plain(audited({ workers: 24, threads: 1, commandLine: ['make', '-j24'] }));
    assert.match(text, /^ {2}24 workers on 12 CPUs: start 12 \(make: -j 12\)\n {4}https:/m);
    assert.match(text, /^start it so:\n {2}make -j12$/m);
  });
  it('why nothing is to be set', () => {
    const told = { levers: [], remark: 'nothing more to set: because', command: null, variables: {}, unset: [] };
    const over = audited({ workers: 11, threads: 5 });
    assert.match(
      plain({ ...over, fix: { ...over.fix!, ...told } }),
      /\nWhat to set\n {2}nothing more to set: because$/,
    );
  });
  it('a quota, and what it refused', () => {
    const text = plain(
      audited({ workers: 1, threads: 1 }, { effectiveCpus: 1.5, throttled: { periods: 0.4, cpus: 1 } }),
    );
    assert.match(text, / CPUs wanted ÷ 1.5 CPUs = demand /);
    assert.match(text, /÷ 12 CPUs \(0-11, quota 1.5\) = ratio/);
    assert.match(text, /^The quota cut 40 % of its periods short$/m);
  });
  it('threads crowded on few CPUs', () => {
    const hot = plain(audited({ workers: 1, threads: 1 }, { hottest: { cpus: [0, 1], wanted: 6, demand: 3 } }));
    assert.match(hot, /^Hottest: 6.0 CPUs wanted by threads confined to CPUs 0-1$/m);
    assert.doesNotMatch(
      plain(audited({ workers: 1, threads: 1 }, { hottest: { cpus: [0], wanted: 1, demand: 1 } })),
      /Hottest/,
    );
  });
  it('findings about threads that sleep, as remarks at the end', () => {
    const found = { text: 'One.', evidence: 'none', fix: 'nothing', pids: [100] };
    const text = plain(
      audited(
        { workers: 0, threads: 0 },
        {
          findings: [
            { ...found, id: 'pool-spins', severity: 'costs' },
            { ...found, id: 'variables-contradict', severity: 'remark' },
          ],
        },
      ),
    );
    assert.match(text, /^Found\n {2}pool-spins: One\./m);
    assert.match(text, /^Remarks: these cost nothing now, .*\n {2}variables-contradict: One\./m);
  });
  it('variables of workers that differ from those of the root', () => {
    const seen = audited({ workers: 2, threads: 1 });
    const processes = seen.processes.map(process => ({
      ...process,
      environment: process.role === 'worker' ? { OMP_NUM_THREADS: '1', SLURM_LOCALID: `${process.pid}` } : {},
    }));
    assert.match(
      plain({ ...seen, processes, environment: {} }),
      /^Variables: none that affect threads\nVariables of workers 101, 102: OMP_NUM_THREADS=1$/m,
    );
  });
  it('findings: the text, the evidence and the fix', () => {
    const found = {
      id: 'two-openmp-runtimes',
      text: 'Two.',
      severity: 'costs',
      evidence: 'libgomp and libomp',
      fix: 'one',
      pids: [100],
    } as const;
    assert.match(
      plain(audited({ workers: 0, threads: 0 }, { findings: [{ ...found, pids: [100] }] })),
      /^Found\n {2}two-openmp-runtimes: Two\.\n {4}evidence: libgomp and libomp\n {4}fix: one$/m,
    );
  });
  it('one process, in the singular; no variable; nothing readable', () => {
    const one = plain(audited({ workers: 0, threads: 0 }));
    assert.match(one, /^1 thread in 1 process ÷ 12 CPUs/m);
    assert.match(one, /^Every thread is a main thread \(1\)\.$/m);
    assert.match(one, /^Variables: none that affect threads$/m);
    const denied = plain(audited({ workers: 0, threads: 0, environment: null, denied: 'EPERM' }));
    assert.match(denied, /^Variables: not permitted to read them/m);
    assert.match(denied, /^Not permitted to inspect it \(EPERM\): /m);
  });
  it('for hundreds of processes, the root and those that want most', () => {
    const text = plain(audited({ workers: 300, threads: 2 }));
    assert.match(text, /^100 +1 +root /m);
    assert.match(text, /^… and 277 more; --json shows all$/m);
  });
  it('long command lines are cut', () => {
    const text = plain(audited({ workers: 0, threads: 0, commandLine: ['python3', 'x'.repeat(100)] }));
    assert.ok(text.includes(` python3 ${'x'.repeat(51)}…\n`));
  });
  it('the verdict is painted', () => {
    const painted = (audit: Audit) => formatAudit(audit, (style, text) => `<${style}>${text}</>`).split('\n')[0];
    assert.match(painted(audited({ workers: 1, threads: 1 }))!, /^<green>fine<\/>: /);
    assert.match(painted(audited({ workers: 11, threads: 5 }))!, /^<red>over-subscribed<\/>: /);
  });
});

describe("audit: a process's name never reaches the terminal raw", () => {
  const evil = '\u001b]0;owned\u0007\u009b2J\u202e\r\n';
  const audit = (commandLine: readonly string[]) =>
    audited({ workers: 11, threads: 5, command: evil, commandLine, environment: { OMP_NUM_THREADS: evil } });

  it('nor do its command line, its variables, or the command to type', () => {
    for (const words of [[evil, '-c', `x${evil}`], []]) {
      const text = plain(audit(words));
      assert.doesNotMatch(text.replaceAll('\n', ''), /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
      assert.equal(
        text.split('\n').length,
        plain(audited({ workers: 11, threads: 5, commandLine: words.slice(0, 1) })).split('\n').length,
      );
    }
    assert.match(plain(audit([])), /^over-subscribed: \\x1b\]0;owned\\x07\\x9b2J\\x202e\\x0d\\x0a \(pid 100\)/);
  });
  it('a program with several lines stays the one to type', () => {
    assert.match(
      plain(audit(['python3', '-c', 'import a\na.b()'])),
      /governor run -- python3 -c \$'import a\\012a\.b\(\)'$/m,
    );
  });
});
