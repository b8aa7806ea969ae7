import assert from 'node:assert/strict';
import { copyFileSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { audit, type AuditFinding, type FindingId } from '../../lib/index.js';
import { formatCpulist } from '../../lib/core/cpuset.js';
import { allRequirePackages, LIBOMP, OPENBLAS_DIRECTORY } from '../helpers/debian.js';
import { PROGRAMS, temporaryDirectory, TWO_CPUS } from '../helpers/processes/governed.js';
import { started } from '../helpers/processes/printing.js';
import { finished } from '../helpers/processes/run.js';
import { PYTHON } from '../helpers/shared.js';
import { requireRoot } from '../helpers/skip.js';

const OPENBLAS = `${OPENBLAS_DIRECTORY}/libopenblas.so.0`;
const GOMP = 'libgomp.so.1';
const [FIRST] = TWO_CPUS;
const ON_TWO_CPUS = ['taskset', '-c', TWO_CPUS.join()];

const program = (name: string) => join(PROGRAMS, name);
const holding = (...files: string[]) => [PYTHON, program('hold_libraries.py'), ...files];
const pool = (...words: (string | number)[]) => [PYTHON, program('busy_threads.py'), ...words.map(String)];

/** Compiles a program of test/fixtures/programs. */
async function compiled(compiler: string, source: string, ...words: string[]): Promise<string> {
  const file = join(temporaryDirectory(), source.replace(/\.\w+$/, ''));
  const { status, stderr } = await finished([compiler, '-O1', program(source), '-o', file, ...words]);
  assert.equal(status, 0, stderr);
  return file;
}

/** The findings of a program, once it has printed its first line. */
async function findingsOf(command: readonly string[], environment: NodeJS.ProcessEnv = {}): Promise<AuditFinding[]> {
  const { pid } = await started(command, environment);
  return (await audit(pid)).findings;
}

async function found(
  id: FindingId,
  command: readonly string[],
  environment: NodeJS.ProcessEnv = {},
): Promise<AuditFinding> {
  const findings = await findingsOf(command, environment);
  const [finding, ...more] = findings.filter(one => one.id === id);
  assert.ok(finding && more.length === 0, JSON.stringify(findings));
  assert.ok(finding.pids.length > 0);
  return finding;
}

async function absent(id: FindingId, command: readonly string[], environment: NodeJS.ProcessEnv = {}): Promise<void> {
  assert.deepEqual(
    (await findingsOf(command, environment)).filter(finding => finding.id === id),
    [],
  );
}

describe('findings of real programs about affinity', () => {
  allRequirePackages('gcc');
  const forking = [...ON_TWO_CPUS, PYTHON, program('fork_after_openmp.py'), GOMP, '2'];

  it('OMP_PROC_BIND pins the main thread, and its workers inherit that', async () => {
    const finding = await found('main-thread-pinned', forking, { OMP_PROC_BIND: 'true' });
    assert.match(finding.evidence, /^OMP_PROC_BIND=true; .*; child processes on the same CPUs: \d+, \d+$/);
    assert.equal(finding.fix, 'unset OMP_PROC_BIND');
    assert.equal(finding.pids.length, 3);
  });
  it('none without OMP_PROC_BIND, nor for a team whose threads are bound to one place each', async () => {
    await absent('main-thread-pinned', forking);
    await absent('main-thread-pinned', [...ON_TWO_CPUS, await compiled('gcc', 'openmp_team.c', '-fopenmp'), 'work'], {
      OMP_PROC_BIND: 'true',
      OMP_NUM_THREADS: '2',
    });
  });

  it('two workers on one CPU', async () => {
    const finding = await found('workers-on-one-cpu', pool(2, 1, FIRST!));
    assert.match(finding.text, new RegExp(`^2 workers share CPU ${FIRST}, but no worker may use `));
  });
  it('none for two workers that may use all CPUs', () => absent('workers-on-one-cpu', pool(2, 1)));

  it('two launches on one CPU; each finding has the pids of the other launch', async () => {
    const other = await started(pool(1, 1, FIRST!));
    const { workers } = JSON.parse(other.line) as { workers: number[] };
    const finding = await found('launches-share-cpus', pool(1, 2, FIRST!));
    assert.match(finding.evidence, new RegExp(`python3 \\(pid ${workers[0]}, CPU ${FIRST}\\)|\\d+ more`));
  });
  it('none for a launch on all CPUs beside a confined one', async () => {
    await started(pool(1, 1, FIRST!));
    await absent('launches-share-cpus', pool(2, 1));
  });

  it('a libuv pool that a pinned thread has started', async () => {
    const finding = await found('libuv-pool-on-one-cpu', [
      process.execPath,
      program('libuv_pool_pinned.cjs'),
      String(FIRST),
    ]);
    assert.match(finding.text, new RegExp(` is confined to CPU ${FIRST}, but `));
    assert.match(finding.evidence, /^4 pool threads: /);
  });
  it('none for a libuv pool that a thread on all CPUs has started', () =>
    absent('libuv-pool-on-one-cpu', [process.execPath, program('libuv_pool_pinned.cjs')]));

  it('a variable that names CPUs that do not exist', async () => {
    const finding = await found('affinity-outside-cpuset', holding(GOMP), { GOMP_CPU_AFFINITY: `${FIRST} 4095` });
    assert.match(finding.text, /^GOMP_CPU_AFFINITY=\d+ 4095 names CPU 4095, /);
  });
  it('none for a variable that names CPUs that exist', () =>
    absent('affinity-outside-cpuset', holding(GOMP), { GOMP_CPU_AFFINITY: formatCpulist(TWO_CPUS) }));
});

describe('findings of real programs about variables', () => {
  allRequirePackages('gcc', 'libopenblas0-pthread');

  it("OpenBLAS's variable in an OpenMP program, which it does not limit", async () => {
    const team = [...ON_TWO_CPUS, await compiled('gcc', 'openmp_team.c', '-fopenmp'), 'work'];
    const finding = await found('variable-not-read', team, { OPENBLAS_NUM_THREADS: '1' });
    assert.match(finding.text, /libgomp created the threads and does not read it\.$/);
    assert.equal(finding.fix, 'export OMP_NUM_THREADS=1');
    await absent('variable-not-read', team, { OPENBLAS_NUM_THREADS: '1', OMP_NUM_THREADS: '2' });
  });
  it('two variables of OpenBLAS with different numbers', async () => {
    const finding = await found('variables-contradict', holding(OPENBLAS), {
      OMP_NUM_THREADS: '2',
      OPENBLAS_NUM_THREADS: '1',
    });
    assert.equal(
      finding.text,
      'OpenBLAS reads OPENBLAS_NUM_THREADS=1 and OMP_NUM_THREADS=2: OPENBLAS_NUM_THREADS wins.',
    );
  });
  it('none if an OpenMP runtime reads the second variable', () =>
    absent('variables-contradict', holding(OPENBLAS, GOMP), { OMP_NUM_THREADS: '2', OPENBLAS_NUM_THREADS: '1' }));
  it('a variable that asks libgomp for more threads than CPUs; none for OpenBLAS, which caps them', async () => {
    const finding = await found('variables-contradict', [...ON_TWO_CPUS, ...holding(GOMP)], { OMP_NUM_THREADS: '64' });
    assert.match(finding.text, /^OMP_NUM_THREADS=64 makes libgomp use 64 threads, but the process may use only 2 CPUs/);
    await absent('variables-contradict', [...ON_TWO_CPUS, ...holding(OPENBLAS)], { OPENBLAS_NUM_THREADS: '64' });
  });
});

describe('findings of real programs about libraries and limits', () => {
  allRequirePackages('gcc', 'g++', 'clang', 'libtbb-dev', 'libomp-dev', 'libopenblas0-pthread');

  it('oneTBB, which reads no variable, in each of two processes', async () => {
    const loop = await compiled('g++', 'tbb_loop.cc', '-std=c++17', '-ltbb');
    const finding = await found('library-without-variable', [
      ...ON_TWO_CPUS,
      'sh',
      '-c',
      '"$1" & "$1" & wait',
      'sh',
      loop,
    ]);
    assert.match(finding.fix, /max_allowed_parallelism, 1\);$/);
    await absent('library-without-variable', [...ON_TWO_CPUS, loop]);
  });

  for (const [compiler, variable] of [
    ['gcc', { OMP_WAIT_POLICY: 'active' }],
    ['clang', { KMP_BLOCKTIME: 'infinite' }],
  ] as const) {
    it(`an OpenMP pool of ${compiler} that spins; none for a pool that waits or works`, async () => {
      const team = [...ON_TWO_CPUS, await compiled(compiler, 'openmp_team.c', '-fopenmp')];
      const finding = await found('pool-spins', [...team, 'once'], { OMP_NUM_THREADS: '2', ...variable });
      assert.match(finding.evidence, new RegExp(`; ${Object.entries(variable)[0]!.join('=')}$`));
      await absent('pool-spins', [...team, 'once'], { OMP_NUM_THREADS: '2', OMP_WAIT_POLICY: 'passive' });
      await absent('pool-spins', [...team, 'work'], { OMP_NUM_THREADS: '2', ...variable });
    });
  }

  it('OpenBLAS and a copy of it', async () => {
    const copy = join(temporaryDirectory(), 'libopenblas.so.0');
    copyFileSync(OPENBLAS, copy);
    const finding = await found('library-twice', holding(OPENBLAS, copy));
    assert.deepEqual(finding.evidence.split(', ').sort(), [copy, realpathSync(OPENBLAS)].sort());
  });
  it('none for one OpenBLAS under two names', () =>
    absent('library-twice', holding(OPENBLAS, `${OPENBLAS_DIRECTORY}/libblas.so.3`)));

  it('two OpenMP runtimes', async () =>
    assert.match(
      (await found('two-openmp-runtimes', holding(GOMP, LIBOMP))).evidence,
      /libomp\.so\.5, .*libgomp\.so\.1/,
    ));
  it('none for one OpenMP runtime', () => absent('two-openmp-runtimes', holding(GOMP, OPENBLAS)));

  it("a user's limit of threads that is nearly reached", async function () {
    requireRoot(this, 'start a program of a user that has no other');
    // Only this test uses this user; the program has 101 threads.
    const limited = (most: number) => [
      'setpriv',
      '--reuid',
      String(100_000 + process.pid),
      '--clear-groups',
      'prlimit',
      `--nproc=${most}`,
      PYTHON,
      program('sleeping_threads.py'),
    ];
    const finding = await found('pids-limit-near', limited(110));
    assert.equal(finding.evidence, '101 of 110 used (RLIMIT_NPROC)');
    await absent('pids-limit-near', limited(1000));
  });
});
