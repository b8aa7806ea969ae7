import assert from 'node:assert/strict';
import fc from 'fast-check';
import { computeBudget } from '../../lib/core/budget/budget.js';
import { formatBudget } from '../../lib/report/budget/budget.js';
import { ENVIRONMENT_FORMATS, formatEnvironment } from '../../lib/report/budget/environment.js';
import { formatMeasured } from '../../lib/report/launch/measured.js';
import { printable } from '../../lib/report/printable.js';
import { formatTable } from '../../lib/report/table.js';
import { keptVariable, runWarning, spentReserve, timeIsOver } from '../../lib/report/warnings.js';
import { HOSTS } from '../helpers/machine/hosts.js';
import { holds } from '../helpers/property.js';
import { shellWords } from '../helpers/processes/shell.js';

describe("environment: for a shell's eval, docker's --env-file or a systemd unit", () => {
  const variables = { OMP_NUM_THREADS: '1', OMP_DYNAMIC: 'FALSE' };
  const texts: [keyof Record<(typeof ENVIRONMENT_FORMATS)[number], 0>, string][] = [
    ['shell', 'export OMP_NUM_THREADS=1\nexport OMP_DYNAMIC=FALSE'],
    ['docker', 'OMP_NUM_THREADS=1\nOMP_DYNAMIC=FALSE'],
    ['systemd', 'Environment="OMP_NUM_THREADS=1"\nEnvironment="OMP_DYNAMIC=FALSE"'],
  ];
  for (const [format, text] of texts) it(format, () => assert.equal(formatEnvironment(variables, format), text));

  it('no variables give an empty text', () => eachFormat(format => assert.equal(formatEnvironment({}, format), '')));
  it('a shell reads any value back', () => {
    assert.equal(formatEnvironment({ A: "it's $(reboot); `x`" }, 'shell'), "export A='it'\\''s $(reboot); `x`'");
    holds([fc.string().map(text => text.replaceAll('\0', ''))], value => {
      assert.deepEqual(shellWords(formatEnvironment({ A: value }, 'shell')), ['export', `A=${value}`]);
    });
  });
  it('systemd reads quotes, backslashes and its specifiers back', () => {
    assert.equal(formatEnvironment({ A: 'a "b" \\ 100% $x' }, 'systemd'), 'Environment="A=a \\"b\\" \\\\ 100%% $x"');
  });
  it('docker takes a value unchanged', () =>
    assert.equal(formatEnvironment({ A: 'a "b" $x' }, 'docker'), 'A=a "b" $x'));
});

function eachFormat(check: (format: (typeof ENVIRONMENT_FORMATS)[number]) => void): void {
  for (const format of ENVIRONMENT_FORMATS) check(format);
}

describe('table: rows in columns, without lines', () => {
  it('two spaces apart, numbers to the right, no blanks at the end', () => {
    assert.equal(
      formatTable(
        ['PID', 'NAME', 'CPUS'],
        [
          [7, 'a', '0-3'],
          [1234, 'longer', ''],
        ],
        [0],
      ),
      [' PID  NAME    CPUS', '   7  a       0-3', '1234  longer'].join('\n'),
    );
  });
  it('only a head', () => assert.equal(formatTable(['A', 'B'], []), 'A  B'));
});

describe('budget as text', () => {
  it('the result, what is expected, and every limit with the one that decided', () => {
    assert.equal(
      formatBudget(computeBudget(HOSTS.everything, {}, { OMP_NUM_THREADS: '5' })),
      [
        '5 workers × 1 thread each',
        'reserve: 0 CPUs (6 of 11 online CPUs are left to others anyway)',
        'expected: 10-15 threads in total',
        'ungoverned: 26 threads (5 × 5 + 1); threads per worker: ' +
          'OpenBLAS 5 (OMP_NUM_THREADS), MKL 5 (OMP_NUM_THREADS), ' +
          'OpenMP 5 (OMP_NUM_THREADS), numba 7, numexpr 5 (OMP_NUM_THREADS), TensorFlow 7, polars 7, rayon 7',
        '',
        '   LIMIT    WORKERS  FOUND                      SOURCE',
        '   online        11  11 CPUs online             sysfs cpu/online',
        '   allowed        7  7 of 11 allowed            /proc/self/status Cpus_allowed',
        '*  quota          5  5.5 CPUs of time           /sys/fs/cgroup/job/cpu.max',
        '   pids          50  60 more threads can start  /sys/fs/cgroup/job/pids.max',
        '* decided',
      ].join('\n'),
    );
  });
  it('in the singular', () => {
    assert.match(
      formatBudget(computeBudget(HOSTS.twoCpus)),
      /^1 worker × 1 thread each\nreserve: 1 CPU \(for the OS and the parent\)\n/,
    );
  });
});

describe('measured: one line, against what the banner expected', () => {
  const { expected } = computeBudget(HOSTS.smt12);
  const text = (threads: number, working = threads) =>
    formatMeasured({ workers: 11, places: 11, threads, working, demand: 0.98123 }, { expected });

  it('within', () => {
    assert.equal(
      text(16),
      '11 workers on 11 places; 16 threads, within the 16-21 expected; running threads ÷ CPUs = 0.98',
    );
    assert.match(text(21), /21 threads, within the/);
  });
  it('below', () => assert.match(text(15), /15 threads, below the 16-21 expected/));
  it('more', () => assert.match(text(22), /22 threads, more than the 16-21 expected/));
  it('more, but the extra ones sleep, like those that Node starts for itself', () => {
    assert.match(text(130, 14), /; 130 threads, of which 116 slept all the time; 16-21 expected; /);
  });
  it('in the singular', () =>
    assert.match(
      formatMeasured({ workers: 1, places: 1, threads: 9, working: 9, demand: 1 }, { expected }),
      /^1 worker on 1 place; /,
    ));
});

describe('warnings: one line that says what happened and what to do', () => {
  it("a value of the user's", () => {
    assert.equal(
      keptVariable({ name: 'OMP_NUM_THREADS', value: '5', instead: '1' }),
      'keeping your OMP_NUM_THREADS=5; the budget would set 1 (unset OMP_NUM_THREADS to use it)',
    );
    assert.match(
      keptVariable({ name: 'MC_CORES', value: '5\n\u001b[2J', instead: '1' }),
      /^keeping your MC_CORES=5\\x0a\\x1b\[2J;/,
    );
  });
  it('workers that share', () => {
    assert.equal(
      runWarning({ kind: 'gpus-unresolved', name: 'CUDA_VISIBLE_DEVICES', value: 'GPU-89\x1b' }),
      'CUDA_VISIBLE_DEVICES=GPU-89\\x1b: /sys does not report GPU UUIDs, so --near gpu uses all GPUs ' +
        'in the order of their addresses (give indices instead)',
    );
    assert.equal(
      runWarning({ kind: 'places-shared', workers: 5, places: [[0], [1, 2]] }),
      'more workers than places: 5 workers share 2 places (CPUs 0-2); start fewer workers, or set --reserve 0',
    );
    assert.match(runWarning({ kind: 'places-shared', workers: 2, places: [[0]] }), /2 workers share 1 place \(CPU 0\)/);
    assert.equal(
      runWarning({ kind: 'reserve-used', workers: 12, places: 11, cpus: [11] }),
      '12 workers working on 11 places: CPU 11, kept free until now, is a place now; --reserve 1 keeps it free',
    );
    assert.match(runWarning({ kind: 'reserve-used', workers: 6, places: 4, cpus: [8, 9] }), /CPUs 8-9, .* are places/);
    assert.equal(spentReserve(12, 1), '12 workers use 1 CPU that would be kept free; --reserve 1 keeps it free');
  });
  it('a warden that does not answer, and why', () => {
    const silent = (pid: number | null, state: string | null) => runWarning({ kind: 'warden-silent', pid, state });
    assert.equal(
      silent(12, 't'),
      'thread-warden (pid 12), which ends programs, does not answer: a debugger holds it; ' +
        'a second signal, or --timeout, ends everything without it',
    );
    assert.match(silent(12, 'T'), /: it is stopped; /);
    assert.match(silent(null, null), /^the process that ends programs does not answer: it hangs, or has ended; /);
  });
  it('processes that do not end, and why', () => {
    const left = { pid: 7, uid: 0, user: 'root', program: 'su\u001b', state: 'S', refused: true };
    const stuck = { pid: 8, uid: 1234, user: null, program: 'cp', state: 'D', refused: false };
    assert.equal(
      runWarning({ kind: 'not-ended', processes: [left, stuck, { ...stuck, pid: 9, uid: null }] }),
      'not ended, and still there: su\\x1b (pid 7, of root: governor may not signal it), ' +
        'cp (pid 8, of uid 1234: the kernel has not ended it, state D), ' +
        'cp (pid 9: the kernel has not ended it, state D)',
    );
    assert.match(runWarning({ kind: 'ends-late', processes: [stuck] }), /^killed, but not ended yet: cp \(pid 8/);
    assert.equal(timeIsOver(2, 'all ranks were', []), 'the time limit of 2 s is over: all ranks were ended');
    assert.match(timeIsOver(2, 'everything was', [left]), /: everything was ended except pid 7$/);
    assert.match(timeIsOver(2, 'everything was', [left, stuck]), / except pids 7, 8$/);
  });
});

describe('printable: untrusted text', () => {
  it('escapes what a terminal would act on', () => {
    assert.equal(printable('a\u001b[31m\r\n\t\u009b\u202eb\u2028'), 'a\\x1b[31m\\x0d\\x0a\\x09\\x9b\\x202eb\\x2028');
  });
  it('leaves other text unchanged', () => assert.equal(printable('naïve — 漢字 😀 \\x1b'), 'naïve — 漢字 😀 \\x1b'));
});
