import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ReportFile } from '../../../lib/report/launch/report-file.js';
import { parseCpulist } from '../../../lib/core/cpuset.js';
import { GovernedRun, onlyCpu, PROGRAMS, temporaryDirectory, TWO_CPUS } from '../../helpers/processes/governed.js';
import { finished, type Finished } from '../../helpers/processes/run.js';
import { GOVERNOR } from '../../helpers/shared.js';

/** Prints its CPUs by taskset. */
const WHERE = ['sh', '-c', 'taskset -cp $$; exit ${CODE:-0}'];

async function governed(words: readonly string[], environment: NodeJS.ProcessEnv = {}): Promise<Finished> {
  return finished(['taskset', '-c', TWO_CPUS.join(), process.execPath, GOVERNOR, ...words], environment);
}

/** Runs governor with --report, and reads the file that it wrote. */
async function reported(
  verb: 'run' | 'launch',
  options: readonly string[],
  command: readonly string[],
  environment: NodeJS.ProcessEnv = {},
): Promise<Finished & { report: ReportFile }> {
  const directory = temporaryDirectory();
  const file = join(directory, 'report.json');
  const ended = await governed([verb, '-q', '--report', file, ...options, '--', ...command], environment);
  assert.deepEqual(readdirSync(directory), ['report.json'], ended.stderr);
  return { ...ended, report: JSON.parse(readFileSync(file, 'utf8')) as ReportFile };
}

describe('governor launch --report writes', () => {
  it('the CPUs of each rank, as taskset shows them, and how it ended', async () => {
    const { status, stdout, report } = await reported('launch', ['-n', '2'], WHERE);
    assert.equal(status, 0);
    const { version, verb, command, plan, result, measured, error } = report;
    assert.deepEqual(
      { version, verb, command, measured, error },
      { version: 1, verb: 'launch', command: WHERE, measured: null, error: null },
    );
    assert.match(report.governor, /^\d+\.\d+\.\d+$/);
    assert.ok(Math.abs(Date.parse(report.began) - Date.now()) < 60_000);
    assert.ok('ranks' in plan && !('host' in plan));
    for (const { rank, place } of plan.ranks) {
      const seen = new RegExp(`^\\[${rank}\\] .*: (.*)$`, 'm').exec(stdout)![1]!;
      assert.deepEqual(place, parseCpulist(seen));
    }
    assert.equal(plan.budget.workers, 2);
    assert.deepEqual(result!.exit, { code: 0, signal: null });
    assert.deepEqual(
      result!.ranks.map(({ exit, failed }) => [exit!.code, failed]),
      [
        [0, false],
        [0, false],
      ],
    );
    assert.ok(result!.seconds > 0 && result!.seconds < 60);
  });
  it('a rank that fails', async () => {
    const { status, report } = await reported('launch', ['-n', '1'], WHERE, { CODE: '7' });
    assert.equal(status, 7);
    assert.deepEqual(report.result!.exit, { code: 7, signal: null });
    assert.deepEqual(
      report.result!.failures.map(({ rank, exit }) => [rank, exit!.code]),
      [[0, 7]],
    );
  });
  it('that the time limit was reached', async () => {
    const { status, report } = await reported(
      'launch',
      ['-n', '1', '--timeout', '0.1', '--grace', '0'],
      ['sh', '-c', 'exec sleep 1000'],
    );
    assert.equal(status, 124);
    assert.equal(report.result!.timedOut, true);
  });
  it('what the verifications found', async () => {
    const file = join(temporaryDirectory(), 'report.json');
    const everywhere = `taskset -cp ${TWO_CPUS.join()} $$ >/dev/null; exec sleep 1000`;
    const options = ['-n', '1', '-t', '1', '--verify=0.1', '--report', file];
    const run = new GovernedRun(options, ['sh', '-c', everywhere], {}, 'launch');
    await run.said(/rank 0 has 1 thread outside its place/);
    process.kill(run.child.pid!, 'SIGTERM');
    assert.equal((await run.ended()).status, 143);
    const report = JSON.parse(readFileSync(file, 'utf8')) as ReportFile;
    const last = report.verifications.at(-1)!;
    assert.ok(report.verified >= 1);
    assert.equal(last.ranks, 1);
    assert.deepEqual(
      last.drifts.map(({ kind }) => kind),
      ['outside-place'],
    );
  });
  it('an error of governor itself, after the plan', async () => {
    const { status, stderr, report } = await reported('launch', ['-n', '1', '--log-dir', '/dev/null/logs'], ['true']);
    assert.equal(status, 2);
    assert.equal(report.result, null);
    assert.equal(report.error!.code, 'BAD_INPUT');
    assert.match(stderr, /^governor: .*--log-dir.*\n$/);
  });
  it('a signal that governor passed on', async () => {
    const file = join(temporaryDirectory(), 'report.json');
    const run = new GovernedRun(['-q', '--report', file], ['sh', '-c', 'echo ready; exec sleep 1000'], {}, 'launch');
    await run.line();
    process.kill(run.child.pid!, 'SIGTERM');
    assert.equal((await run.ended()).status, 143);
    const { result } = JSON.parse(readFileSync(file, 'utf8')) as ReportFile;
    assert.deepEqual(result!.exit, { code: null, signal: 'SIGTERM' });
  });
  it('a program that the kernel does not start', async () => {
    const orphan = join(temporaryDirectory(), 'orphan');
    writeFileSync(orphan, '#!/no/such/interpreter\n', { mode: 0o755 });
    const { status, report } = await reported('launch', ['-n', '1'], [orphan]);
    assert.equal(status, 126);
    assert.deepEqual(
      report.result!.failures.map(({ exit, errno }) => [exit, errno]),
      [[null, 2]],
    );
  });
});

describe('governor run --report writes', () => {
  it('the places of the workers, as taskset shows them, and what was measured', async () => {
    const file = join(temporaryDirectory(), 'report.json');
    const run = new GovernedRun(
      ['--reserve', '0', '--verify=0.1', '--report', file],
      [process.execPath, join(PROGRAMS, 'busy_cluster.mjs'), '2'],
      { OMP_NUM_THREADS: '5' },
    );
    const pool = JSON.parse(await run.line()) as { workers: number[] };
    await run.said(/2 workers on 2 places/);
    const cpus = pool.workers.map(onlyCpu);
    assert.equal((await run.end()).status, 0);
    const report = JSON.parse(readFileSync(file, 'utf8')) as ReportFile;
    const { plan, measured, result, verb } = report;
    assert.equal(verb, 'run');
    assert.ok('places' in plan && !('host' in plan));
    assert.deepEqual(plan.places.flat().sort(), [...cpus].sort());
    assert.deepEqual(
      plan.kept.map(({ name, value }) => [name, value]),
      [['OMP_NUM_THREADS', '5']],
    );
    assert.equal(plan.variables['OPENBLAS_NUM_THREADS'], '1');
    assert.deepEqual([measured!.workers, measured!.places], [2, 2]);
    assert.ok(report.verified >= 1 && report.verifications.at(-1)!.ranks === 2);
    assert.deepEqual(result!.exit, { code: 0, signal: null });
  });
  it('a program that fails, or is killed', async () => {
    const failed = await reported('run', [], ['sh', '-c', 'exit 9']);
    assert.deepEqual([failed.status, failed.report.result!.exit], [9, { code: 9, signal: null }]);
    const killed = await reported('run', [], ['sh', '-c', 'kill -KILL $$']);
    assert.deepEqual([killed.status, killed.report.result!.exit], [137, { code: null, signal: 'SIGKILL' }]);
  });
  it('warnings as they were printed', async () => {
    const ledger = join(temporaryDirectory(), 'ledger');
    writeFileSync(ledger, '');
    const { stderr, report } = await reported('run', [], ['true'], { GOVERNOR_LEDGER: ledger });
    const [warning, ...others] = report.warnings;
    assert.deepEqual(others, []);
    assert.equal(warning!.kind, 'not-claimed');
    assert.equal(stderr, `governor: ${warning!.text}\n`);
  });
});

describe('the file of --report', () => {
  const marker = () => join(temporaryDirectory(), 'started');
  const refused: [string, () => string, RegExp][] = [
    ['-, since stdout belongs to the program', () => '-', /stdout belongs to the program/],
    ['a directory', () => temporaryDirectory(), /it is no regular file/],
    ['a device', () => '/dev/null', /it is no regular file/],
    ['in a directory that is not there', () => join(temporaryDirectory(), 'none/report'), /ENOENT/],
    ['in a directory that nobody can write', () => '/proc/report', /ENOENT|EACCES|EPERM/],
  ];
  for (const [what, file, reason] of refused) {
    it(`is refused before anything starts: ${what}`, async () => {
      for (const verb of ['run', 'launch']) {
        const started = marker();
        const { status, stdout, stderr } = await governed([verb, '--report', file(), '--', 'touch', started]);
        assert.deepEqual({ status, stdout }, { status: 2, stdout: '' });
        assert.match(stderr, /^governor: invalid --report "[^\n]*\n$/);
        assert.match(stderr, reason);
        assert.ok(!existsSync(started));
      }
    });
  }
  it('is replaced at once, and a link to it is followed', async () => {
    const directory = temporaryDirectory();
    mkdirSync(join(directory, 'real'));
    writeFileSync(join(directory, 'real/report'), 'of an earlier run');
    symlinkSync('real/report', join(directory, 'link'));
    const read = ['cat', join(directory, 'real/report')];
    const { stdout } = await governed(['run', '-q', '--report', join(directory, 'link'), '--', ...read]);
    assert.equal(stdout, 'of an earlier run', 'the earlier one is there until the end');
    assert.equal((JSON.parse(readFileSync(join(directory, 'real/report'), 'utf8')) as ReportFile).version, 1);
    assert.deepEqual(readdirSync(join(directory, 'real')), ['report']);
  });
  it('is not written if nothing was planned', async () => {
    const directory = temporaryDirectory();
    const { status } = await governed(['run', '--report', join(directory, 'report'), '--', 'no-such-program']);
    assert.equal(status, 127);
    assert.deepEqual(readdirSync(directory), []);
  });
});
