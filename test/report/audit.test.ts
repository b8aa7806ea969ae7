import assert from 'node:assert/strict';
import type { Audit, AuditedProcess } from '../../lib/core/audit.js';
import { fixFor } from '../../lib/core/fix.js';
import { judgeThreads } from '../../lib/core/oversubscription.js';
import { formatAudit } from '../../lib/report/audit.js';
import { HOSTS } from '../helpers/hosts.js';

/** A program and so many workers, each of so many running threads on 12 CPUs. */
function audited(count: { workers: number; threads: number }, told: Partial<Audit> & { commandLine?: readonly string[] } = {}): Audit {
  const { commandLine = ['python3', 'train.py'], ...rest } = told;
  const affinity = HOSTS.smt12.cpus.map(cpu => cpu.cpu);
  const command = rest.command ?? 'python3';
  const process = (pid: number, threads: number, running: number): AuditedProcess => ({
    pid, ppid: pid === 100 ? 1 : 100, command, commandLine, role: pid === 100 ? 'root' : 'worker', running: threads * running,
    threads: Array.from({ length: threads }, (_, i) => ({ tid: pid * 100 + i, name: command, affinity, running })),
  });
  const processes = [process(100, 1, 0), ...Array.from({ length: count.workers }, (_, i) => process(101 + i, count.threads, 1))];
  const all = processes.flatMap(one => one.threads);
  const judged = judgeThreads(all, null);
  const environment = rest.environment === undefined ? {} : rest.environment;
  return {
    pid: 100, command, ...judged, threads: all.length, threadRatio: all.length / judged.effectiveCpus, processes, environment,
    pools: count.workers > 0 ? [{ parent: 100, processes: count.workers, threadsPerProcess: count.threads, threads: count.workers * count.threads }] : [],
    fix: judged.verdict === 'fine' ? null : fixFor(HOSTS.smt12, commandLine, count.workers, environment ?? {}), ...rest,
  };
}

const plain = (audit: Audit) => formatAudit(audit, (_, text) => text);

describe('audit for people', () => {
  it('that all is fine: the verdict, who has which threads, the variables', () => {
    assert.equal(plain(audited({ workers: 2, threads: 4 }, { environment: { OMP_NUM_THREADS: '4', MC_CORES: '2' } })), [
      'fine: python3 (pid 100): 8.0 running threads ÷ 12 CPUs = 0.67',
      '3 processes, 9 threads on 12 CPUs (0-11) (0.8 threads per CPU, sleeping ones too)',
      'Workers of 100: 2 processes × 4 threads = 8 threads',
      '',
      'PID  PPID  ROLE    THREADS  RUNNING  CPUS  COMMAND',
      '100     1  root          1      0.0  0-11  python3 train.py',
      '101   100  worker        4      4.0  0-11  python3 train.py',
      '102   100  worker        4      4.0  0-11  python3 train.py',
      '',
      'Variables: OMP_NUM_THREADS=4 MC_CORES=2',
    ].join('\n'));
  });
  it('that it is over-subscribed: what to set', () => {
    const text = plain(audited({ workers: 11, threads: 5 }, { environment: { OMP_NUM_THREADS: '5', OMP_PROC_BIND: 'true' } })).split('\n');
    assert.equal(text[0], 'over-subscribed: python3 (pid 100): 55.0 running threads ÷ 12 CPUs = 4.58');
    assert.deepEqual(text.slice(text.indexOf('What to set') - 1), [
      '',
      'What to set',
      '  env -u OMP_NUM_THREADS -u OMP_PROC_BIND governor run -- python3 train.py',
      'or, before the program starts:',
      '  export OMP_NUM_THREADS=1',
      '  export OMP_DYNAMIC=FALSE',
      '  export MKL_NUM_THREADS=1',
      '  export MKL_DYNAMIC=FALSE',
      '  export OPENBLAS_NUM_THREADS=1',
      '  export NUMEXPR_MAX_THREADS=1',
      '  export NUMEXPR_NUM_THREADS=1',
      '  export NUMBA_NUM_THREADS=1',
      '  unset OMP_PROC_BIND    # it pins the main thread, and all workers inherit that',
      'A program that sets its threads in code (threadpoolctl, torch.set_num_threads) must do so there as well.',
    ]);
  });
  it('a quota beside the CPUs', () => {
    const text = plain(audited({ workers: 1, threads: 1 }, { effectiveCpus: 1.5 }));
    assert.match(text, /^fine: .* running threads ÷ 1.5 CPUs/);
    assert.match(text, / on 12 CPUs \(0-11, quota 1.5\) /);
  });
  it('threads that crowd on few CPUs', () => {
    const hot = plain(audited({ workers: 1, threads: 1 }, { hottest: { cpus: [0, 1], running: 6, ratio: 3 } }));
    assert.match(hot, /^Hottest: 6.0 running threads confined to CPUs 0-1$/m);
    assert.doesNotMatch(plain(audited({ workers: 1, threads: 1 }, { hottest: { cpus: [0], running: 1, ratio: 1 } })), /Hottest/);
  });
  it('one process, in the singular; no variable; none that may be read', () => {
    assert.match(plain(audited({ workers: 0, threads: 0 })), /^1 process, 1 thread on/m);
    assert.match(plain(audited({ workers: 0, threads: 0 })), /^Variables: none that limits threads$/m);
    assert.match(plain(audited({ workers: 0, threads: 0 }, { environment: null })), /^Variables: not permitted to read them/m);
  });
  it('long command lines are cut', () => {
    const text = plain(audited({ workers: 0, threads: 0 }, { commandLine: ['python3', 'x'.repeat(100)] }));
    assert.ok(text.includes(` python3 ${'x'.repeat(51)}…\n`));
  });
  it('the verdict is painted', () => {
    const painted = (audit: Audit) => formatAudit(audit, (style, text) => `<${style}>${text}</>`).split('\n')[0];
    assert.match(painted(audited({ workers: 1, threads: 1 }))!, /^<green>fine<\/>: /);
    assert.match(painted(audited({ workers: 11, threads: 5 }))!, /^<red>over-subscribed<\/>: /);
  });
});

describe('audit: what a process calls itself cannot reach the terminal raw', () => {
  const evil = '\u001b]0;owned\u0007\u009b2J\u202e\r\n';
  const audit = (commandLine: readonly string[]) => (
    audited({ workers: 11, threads: 5 }, { command: evil, commandLine, environment: { OMP_NUM_THREADS: evil } })
  );

  it('neither its name, nor its command line, nor its variables, nor the command to type', () => {
    for (const words of [[evil, '-c', `x${evil}`], []]) {
      const text = plain(audit(words));
      assert.doesNotMatch(text.replaceAll('\n', ''), /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
      assert.equal(text.split('\n').length, plain(audited({ workers: 11, threads: 5 }, { environment: { OMP_NUM_THREADS: '5' } })).split('\n').length);
    }
    assert.match(plain(audit([])), /^over-subscribed: \\x1b\]0;owned\\x07\\x9b2J\\x202e\\x0d\\x0a \(pid 100\)/);
  });
  it('a program of several lines is still the one to type', () => {
    assert.match(plain(audit(['python3', '-c', 'import a\na.b()'])), /governor run -- python3 -c \$'import a\\012a\.b\(\)'$/m);
  });
});
