import assert from 'node:assert/strict';
import fc from 'fast-check';
import { fixFor, type AuditFix } from '../../../lib/core/audit/fix.js';
import type { AuditLever } from '../../../lib/core/audit/levers/lever.js';
import { FIX_FORMATS, formatFix } from '../../../lib/report/audit/fix.js';
import { poolsOf } from '../../../lib/core/audit/pools.js';
import { madeProcess, madeWorkers, startedBy } from '../../helpers/audit/audited.js';
import { HOSTS } from '../../helpers/machine/hosts.js';
import { badInputError, holds } from '../../helpers/property.js';
import { printedByBash, readBySystemd } from '../../helpers/machine/readers.js';

const PINNING = { OMP_NUM_THREADS: '20', OMP_PLACES: 'cores' };
const PROGRAM = ['python3', 'train.py'];
/** The fix of a program with so many workers, each of more threads than there are CPUs for. */
function fix(
  workers: number,
  environment: Record<string, string> = { OMP_NUM_THREADS: '20' },
  host = HOSTS.smt12,
): AuditFix {
  const busy = { run: 0.3, wait: 0.7, cpus: '0-11' };
  const threads = [busy, ...Array.from({ length: 19 }, () => ({ ...busy, owner: 'libgomp' }))];
  const processes = [madeProcess({ environment }), ...madeWorkers(workers, () => ({ environment, threads }))];
  const pools = poolsOf(processes);
  return fixFor({ host, start: startedBy(PROGRAM), processes, pools, verdict: 'over-subscribed', cpus: [] });
}
const lines = (found: AuditFix, format: (typeof FIX_FORMATS)[number]) =>
  formatFix({ ...found, variables: { OMP_NUM_THREADS: found.variables['OMP_NUM_THREADS']! } }, format).split('\n');

describe("fix as text: a shell's", () => {
  it('variables, what to remove, and the line that starts the program', () => {
    assert.deepEqual(lines(fix(4, PINNING), 'shell'), [
      'export OMP_NUM_THREADS=3',
      'unset OMP_PLACES',
      'governor run --reserve 0 --workers 4 -- python3 train.py',
    ]);
  });
  it('what no variable sets is a comment, and the program needs no governor', () => {
    const levers = [lever('workers', 'option', '-n 12'), lever('threads', 'code', 'torch.set_num_threads(1)')];
    const found = { ...fix(4), variables: {}, levers, workers: { now: 24, start: 12, option: '-n 12' } };
    assert.deepEqual(formatFix(found, 'shell').split('\n'), [
      '# start 12 workers: pytest, -n 12',
      '# pytest, 1 thread: torch.set_num_threads(1)',
      'python3 train.py',
    ]);
  });
  it('no line that starts a program if it is not known how', () => {
    assert.deepEqual(lines({ ...fix(4), program: null, run: null }, 'shell'), ['export OMP_NUM_THREADS=3']);
  });
});

describe('fix as text: options of docker run', () => {
  it('variables and CPUs', () => {
    assert.deepEqual(lines(fix(4), 'docker'), ['-e OMP_NUM_THREADS=3 \\', '--cpuset-cpus 0-11']);
  });
  it('CPU time if it is already limited', () => {
    assert.deepEqual(lines(fix(1, undefined, HOSTS.quota1500m), 'docker'), [
      '-e OMP_NUM_THREADS=1 \\',
      '--cpuset-cpus 0-11 \\',
      '--cpus 1.5',
    ]);
    assert.equal(lines({ ...fix(1), quota: 1 / 3 }, 'docker').at(-1), '--cpus 0.333');
    assert.equal(lines({ ...fix(1), quota: 0.001 }, 'docker').at(-1), '--cpus 0.01');
  });
  it('disables pinning, because nothing removes a variable', () => {
    const environment = (names: string[]) => lines({ ...fix(4), unset: names, cpus: [] }, 'docker').slice(1);
    assert.deepEqual(environment(['OMP_PROC_BIND', 'OMP_PLACES', 'GOMP_CPU_AFFINITY']), ['-e OMP_PROC_BIND=false']);
    assert.deepEqual(environment(['KMP_AFFINITY']), ['-e KMP_AFFINITY=disabled']);
  });
});

describe('fix as text: a drop-in of systemd', () => {
  it("variables, what to remove, CPUs that replace the unit's", () => {
    assert.deepEqual(lines(fix(4, PINNING), 'systemd'), [
      '[Service]',
      'Environment="OMP_NUM_THREADS=3"',
      'UnsetEnvironment=OMP_PLACES',
      'CPUAffinity=',
      'CPUAffinity=0-11',
      'AllowedCPUs=',
      'AllowedCPUs=0-11',
    ]);
  });
  it('CPU time if it is already limited', () => {
    assert.equal(lines(fix(1, undefined, HOSTS.quota1500m), 'systemd').at(-1), 'CPUQuota=150%');
    assert.equal(lines({ ...fix(1), quota: 0.001 }, 'systemd').at(-1), 'CPUQuota=1%');
  });
  it('is accepted by systemd itself', function () {
    const read = readBySystemd(this, formatFix({ ...fix(1, PINNING), cpus: [0, 1, 4], quota: 1.5 }, 'systemd'));
    for (const text of [
      'Environment: OMP_NUM_THREADS=12',
      'UnsetEnvironment: OMP_PLACES',
      'CPUAffinity: 0-1 4',
      'AllowedCPUs: 0-1 4',
      'CPUQuotaPerSecSec: 1.500000s',
    ]) {
      assert.ok(read.includes(`\t${text}\n`), `${text}\n${read}`);
    }
  });
  it('systemd reads any value back', function () {
    const values = fc.sample(
      anyText.map(text => text.replace(/[\0-\x08\v-\x1f\x7f\p{Noncharacter_Code_Point}]/gu, '')),
      { numRuns: 300, seed: 4 },
    );
    const variables = Object.fromEntries([...values, ...HOSTILE].map((value, i) => [`A${i}`, value]));
    const read = readBySystemd(this, formatFix({ ...fix(1), variables }, 'systemd'));
    for (const [name, value] of Object.entries(variables))
      assert.ok(read.includes(`\tEnvironment: ${name}=${value}\n`), `${name}=${JSON.stringify(value)}`);
  });
  it('rejects a value that systemd would ignore', () => {
    for (const value of ['\u001b[2J', 'a\rb', '\0', '\u007f', '\ufffe', '\ud800']) {
      assert.throws(
        () => formatFix({ ...fix(1), variables: { A: value } }, 'systemd'),
        badInputError(/^invalid A .*: expected a value that systemd accepts/),
      );
    }
  });
});

describe('fix as text: a script for sbatch', () => {
  it('one task with as many CPUs as threads: Slurm starts the whole program for each task', () => {
    assert.deepEqual(lines(fix(4, PINNING), 'slurm'), [
      '#!/bin/bash',
      '#SBATCH --nodes=1',
      '#SBATCH --ntasks=1',
      '#SBATCH --cpus-per-task=12',
      'export OMP_NUM_THREADS=3',
      'unset OMP_PLACES',
      'srun --ntasks=1 --cpus-per-task=12 python3 train.py',
    ]);
    assert.match(
      lines({ ...fix(4), program: null }, 'slurm').at(-1)!,
      /^# .* srun --ntasks=1 --cpus-per-task=12 COMMAND$/,
    );
  });
  it('no more CPUs than exist, or than the CPU time allows', () => {
    assert.equal(lines(fix(24), 'slurm')[3], '#SBATCH --cpus-per-task=12');
    assert.equal(lines(fix(24, undefined, HOSTS.quota1500m), 'slurm')[3], '#SBATCH --cpus-per-task=1');
    assert.equal(lines({ ...fix(1), cpus: [], quota: 0.2 }, 'slurm')[3], '#SBATCH --cpus-per-task=1');
  });
});

function lever(of: AuditLever['of'], kind: AuditLever['kind'], set: string): AuditLever {
  return { owner: 'pytest', of, kind, set, value: of === 'workers' ? 12 : 1, now: 24, source: null };
}

const HOSTILE = [
  '',
  ' ',
  "it's",
  '"',
  '\\',
  '\\n',
  '$HOME',
  '${A}',
  '$(reboot)',
  '`id`',
  '%n %%',
  'a\nb',
  '\n',
  '\t',
  '~',
  '#x',
  'a;b',
  "'\\''",
  '\u202e',
  '\u0085',
  'é 漢 😀',
  '\\x41',
];
const anyText = fc
  .oneof(fc.string(), fc.string({ unit: 'binary' }), fc.constantFrom(...HOSTILE))
  .map(text => text.replaceAll('\0', ''));
const anyFix = fc
  .tuple(
    fc.dictionary(fc.constantFrom('OMP_NUM_THREADS', 'A', 'B_1', 'C'), anyText, { noNullPrototype: true, minKeys: 1 }),
    fc.array(anyText, { minLength: 1 }),
  )
  .map(
    ([variables, program]): AuditFix => ({
      ...fix(4, PINNING),
      variables,
      program,
      run: ['governor', 'run', '--', ...program],
    }),
  );

describe('fix as text: bash reads the same values back', () => {
  /** Prints the words of the last line's command instead of running it, then the variables. */
  const printed = (text: string, found: AuditFix, command: string) => {
    const names = Object.keys(found.variables);
    const values = ['"${OMP_PLACES-gone}"', ...names.map(name => `"$${name}"`)];
    return printedByBash(
      [
        `${command}() { printf '%s\\0' "$@"; }`,
        'export OMP_PLACES=cores',
        text,
        `printf '%s\\0' ${values.join(' ')}`,
      ].join('\n'),
    );
  };

  it("a shell's", () => {
    holds([anyFix], found => {
      assert.deepEqual(printed(formatFix(found, 'shell'), found, 'governor'), [
        'run',
        '--',
        ...found.program!,
        'gone',
        ...Object.values(found.variables),
      ]);
    });
  });
  it("a batch job's", () => {
    holds([anyFix], found => {
      const words = ['--ntasks=1', '--cpus-per-task=12', ...found.program!];
      assert.deepEqual(printed(formatFix(found, 'slurm'), found, 'srun'), [
        ...words,
        'gone',
        ...Object.values(found.variables),
      ]);
    });
  });
  it("docker's options", () => {
    holds([anyFix], found => {
      const words = Object.entries(found.variables).flatMap(([name, value]) => ['-e', `${name}=${value}`]);
      assert.deepEqual(printedByBash(`printf '%s\\0' docker run ${formatFix(found, 'docker')} IMAGE`), [
        'docker',
        'run',
        ...words,
        '-e',
        'OMP_PROC_BIND=false',
        '--cpuset-cpus',
        '0-11',
        'IMAGE',
      ]);
    });
  });
});

describe('fix as text: a terminal shows it unchanged', () => {
  it('in every format', () => {
    holds([anyFix], found => {
      for (const format of FIX_FORMATS) {
        if (format === 'systemd') continue;
        assert.doesNotMatch(formatFix(found, format).replaceAll('\n', ''), /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
      }
    });
    assert.doesNotMatch(
      formatFix({ ...fix(4), variables: { A: '\u202e\n\t\u009b' } }, 'systemd').replaceAll('\n', ''),
      /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u,
    );
  });
});
