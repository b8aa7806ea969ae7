import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Flag } from '../../../lib/cli/flags/flag.js';
import { SPECS } from '../../../lib/cli/specs/all.js';
import { GIB, madeHost } from '../../helpers/machine/hosts.js';
import { temporaryDirectory, TWO_CPUS } from '../../helpers/processes/governed.js';
import { reaped } from '../../helpers/processes/reap.js';
import { finished, governor } from '../../helpers/processes/run.js';
import { GOVERNOR, PROJECT } from '../../helpers/shared.js';

/** A machine on which every flag of the budget makes a difference. */
const MACHINE = madeHost({ packages: 2, cores: 8, threads: 2, memory: { total: 64 * GIB, available: 32 * GIB } });
/** One whose cores differ. */
const HYBRID = madeHost({ cores: 4, threads: 2, efficient: 4 });
const ALL_EXPORTS = ['--export', 'W=workers', '--export', 'T=threads', '--export', 'M=memory-workers'];

/** Arguments with which each command prints everything that its flags can change. */
const PRINTING: Record<string, string[]> = {
  banner: ['banner'],
  budget: ['budget'],
  env: ['env', ...ALL_EXPORTS],
  topology: ['topology'],
};
const VALUES: Record<string, string[]> = {
  workers: ['--workers', '3'],
  'threads-per-worker': ['--threads-per-worker', '3'],
  reserve: ['--reserve', '5'],
  physical: ['--physical'],
  cores: ['--cores', 'all'],
  'memory-per-worker': ['--memory-per-worker', '8G'],
  export: ['--export', 'POOL_SIZE=workers'],
  except: ['--except', 'OMP_NUM_THREADS', '--except', 'MC_CORES'],
  policy: ['--policy', 'spread'],
  format: ['--format', 'docker'],
  json: ['--json'],
  svg: ['--svg', '-'],
};

describe('every flag of a command that prints changes what it prints', () => {
  let machine: string;
  beforeEach(() => {
    machine = join(temporaryDirectory(), 'machine.json');
    writeFileSync(machine, JSON.stringify(MACHINE));
  });
  const printed = async (words: string[], host = machine) => {
    const { status, stdout, stderr } = await governor([...words, '--host', host]);
    assert.equal(status, 0, stderr);
    return stdout;
  };

  for (const [command, words] of Object.entries(PRINTING)) {
    for (const { name } of SPECS.find(spec => spec.name === command)!.flags) {
      if (name === 'host' || name === 'sysroot' || name === 'cores') continue;
      it(`governor ${command} --${name}`, async () => {
        // One worker of one thread takes few CPUs, so its place depends on the policy.
        const base = name === 'policy' ? [...words, '-n', '3', '-t', '2'] : words;
        assert.notEqual(await printed([...base, ...VALUES[name]!]), await printed(base));
      });
    }
    it(`governor ${command} --cores`, async () => {
      const host = join(temporaryDirectory(), 'hybrid.json');
      writeFileSync(host, JSON.stringify(HYBRID));
      const base = [...words, '-n', '1'];
      assert.notEqual(await printed([...base, ...VALUES['cores']!], host), await printed(base, host));
    });
    it(`governor ${command} --host`, async () => {
      assert.notEqual(await printed(words), (await governor(words)).stdout);
    });
    it(`governor ${command} --sysroot`, async () => {
      const { status, stderr } = await governor([...words, '--sysroot', temporaryDirectory()]);
      assert.equal(status, 2, 'an empty recording is no machine');
      assert.match(stderr, /^governor: .*\n$/);
    });
  }
});

/** The CPUs and variables of each rank that a launch on two CPUs would start. */
async function planned(...options: string[]): Promise<unknown> {
  const command = ['taskset', '-c', TWO_CPUS.join(), process.execPath, GOVERNOR, 'launch', '--dry-run', '--json'];
  const { status, stdout, stderr } = await finished([...command, ...options, '--', 'true']);
  assert.equal(status, 0, stderr);
  return (JSON.parse(stdout) as { ranks: unknown }).ranks;
}

describe('flags of the budget change what a launch would start', () => {
  const changes: [string[], string[]][] = [
    [
      ['--workers', '1'],
      ['--workers', '2'],
    ],
    [
      ['--reserve', '0'],
      ['--reserve', '1'],
    ],
    [
      ['--threads-per-worker', '2'],
      ['--threads-per-worker', '1'],
    ],
    [
      ['--reserve', '0', '--memory-per-worker', '900T'],
      ['--reserve', '0'],
    ],
    [['--export', 'POOL_SIZE=workers'], []],
    [['--except', 'OMP_NUM_THREADS'], []],
  ];
  for (const [first, second] of changes) {
    it(`${first.join(' ')}, against ${second.join(' ') || 'nothing'}`, async () => {
      assert.notDeepEqual(await planned(...first), await planned(...second));
    });
  }
  it('-n auto starts as many as no -n', async () => {
    assert.deepEqual(await planned('-n', 'auto', '--reserve', '0'), await planned('--reserve', '0'));
  });
  it("--ninstances and --ncores-per-instance are other launchers' names", async () => {
    assert.deepEqual(
      await planned('--ninstances', '2', '--ncores-per-instance', '1'),
      await planned('-n', '2', '-t', '1', '--physical'),
    );
  });
});

describe('flags of an audit', () => {
  /** A program that computes all the time. */
  let busy: ChildProcess;
  beforeEach(async () => {
    busy = reaped(spawn('sh', ['-c', 'while :; do :; done']));
    await once(busy, 'spawn');
  });
  const audit = (...options: string[]) => governor(['audit', '--window', '0.1', ...options, String(busy.pid)]);

  for (const flag of ['--max-demand', '--max-ratio']) {
    it(`${flag}: the exit status is 1 above it`, async () => {
      assert.equal((await audit(flag, '0.000001')).status, 1);
      assert.equal((await audit(flag, '1000000')).status, 0);
    });
  }
  it('--fix-format: prints only what to set', async () => {
    const { stdout } = await audit('--fix-format', 'docker');
    assert.match(stdout, /^(# [a-z -]+: nothing to set|-e .*|--cpu.*)$/m);
    assert.doesNotMatch(stdout, /verdict|processes ×/);
  });
  it('--json: prints the same as data', async () => {
    assert.equal(typeof JSON.parse((await audit('--json')).stdout).demand, 'number');
  });
});

describe('every flag has a test of its effect', () => {
  /** The files that test the flags that are not above. */
  const ELSEWHERE: Record<string, string> = {
    near: 'test/machines/gpus.test.ts',
    share: 'test/cli/launch/dry-run.test.ts',
    lend: 'test/cli/lend.test.ts',
    wait: 'test/cli/claims/wait.test.ts',
    report: 'test/cli/launch/report.test.ts',
    verify: 'test/cli/run/verify.test.ts',
    enforce: 'test/cli/run/verify.test.ts',
    restarts: 'test/cli/run/verify.test.ts',
    timeout: 'test/cli/run/verify.test.ts',
    grace: 'test/cli/run/verify.test.ts',
    quiet: 'test/cli/launch/refused.test.ts',
    'keep-going': 'test/cli/launch/ends.test.ts',
    'numa-binding': 'test/cli/launch/refused.test.ts',
    'cpu-bind': 'test/cli/launch/refused.test.ts',
    'dry-run': 'test/cli/launch/dry-run.test.ts',
    'no-prefix': 'test/cli/launch/output.test.ts',
    'log-dir': 'test/cli/launch/output.test.ts',
    'quiet-ranks': 'test/cli/launch/output.test.ts',
    cpus: 'test/cli/launch/exec.test.ts',
    rank: 'test/cli/launch/exec.test.ts',
    restore: 'test/cli/pin.test.ts',
    threads: 'test/cli/resize.test.ts',
    apply: 'test/cli/audit-apply.test.ts',
    budget: 'test/cli/resize.test.ts',
    library: 'test/cli/resize.test.ts',
    undo: 'test/cli/resize.test.ts',
    'other-users': 'test/cli/resize.test.ts',
    window: 'test/cli/ps.test.ts',
    interval: 'test/cli/watch.test.ts',
    samples: 'test/cli/watch.test.ts',
    all: 'test/cli/ps.test.ts',
    limit: 'test/cli/ps.test.ts',
  };
  const HERE = new Set([
    ...Object.keys(VALUES),
    ...['host', 'sysroot', 'ninstances', 'ncores-per-instance', 'max-demand', 'max-ratio', 'fix-format'],
  ]);
  const flags = new Map<string, Flag>(SPECS.flatMap(spec => spec.flags.map(flag => [flag.name, flag] as const)));

  for (const { name, short } of flags.values()) {
    if (HERE.has(name)) continue;
    it(`--${name}`, () => {
      const file = ELSEWHERE[name];
      assert.ok(file, 'no test is named for it');
      const given = new RegExp(`--${name}(?![a-z-])${short ? `|-${short}\\b` : ''}`);
      assert.match(readFileSync(join(PROJECT, file), 'utf8'), given, file);
    });
  }
});
