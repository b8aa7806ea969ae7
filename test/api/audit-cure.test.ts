import assert from 'node:assert/strict';
import { join } from 'node:path';
import { audit, type Audit } from '../../lib/index.js';
import { tooMuch } from '../../lib/core/audit/verdict.js';
import { compiled } from '../helpers/audit/ground-truth.js';
import { PYTHON, requirePackages } from '../helpers/debian.js';
import { installedFromNpm } from '../helpers/package/cache.js';
import { PROGRAMS, temporaryDirectory, TWO_CPUS } from '../helpers/processes/governed.js';
import { started } from '../helpers/processes/printing.js';
import { PROJECT } from '../helpers/shared.js';

/** A program that prints a line once it computes, for a number of workers, and of threads that its code sets. */
type Program = (size: { workers: number; threads: number }) => {
  command: readonly string[];
  environment?: NodeJS.ProcessEnv;
};

const overload = (name: string) => join(PROJECT, 'test/fixtures/overloads', name);

/** The audit of a program on two CPUs; it is ended afterwards. */
async function audited(command: readonly string[], environment: NodeJS.ProcessEnv = {}): Promise<Audit> {
  const { child, pid } = await started(['taskset', '-c', TWO_CPUS.join(), ...command], environment);
  try {
    return await audit(pid, { window: 0.5 });
  } finally {
    child.kill('SIGKILL');
  }
}

/** Applies what the audit prescribes, as docs/audit.md says, and audits again: nothing is left to set. */
async function cured(start: Program, too: { workers: number; threads: number }): Promise<NonNullable<Audit['fix']>> {
  const { command, environment } = start(too);
  const ill = await audited(command, environment);
  assert.ok(tooMuch(ill.verdict), `before: ${ill.verdict}`);
  const fix = ill.fix!;
  assert.ok(fix.levers.length > 0, fix.remark ?? '');
  const code = fix.levers.find(lever => lever.of === 'threads' && lever.kind === 'code');
  const fitting = {
    workers: fix.workers.start < fix.workers.now ? fix.workers.start : too.workers,
    threads: code?.value ?? too.threads,
  };
  const option = fix.levers.some(lever => lever.kind === 'option');
  const again = start(fitting);
  const well = await audited(option ? fix.program! : again.command, { ...again.environment, ...fix.variables });
  assert.deepEqual(well.fix?.levers ?? [], [], JSON.stringify(fix.levers));
  assert.ok(!tooMuch(well.verdict), `after: ${well.verdict}, demand ${well.demand}`);
  return fix;
}

describe('what the audit prescribes, applied to real programs on two CPUs, leaves nothing to prescribe', () => {
  it('workers of one thread: eight Python processes', async () => {
    const fix = await cured(
      ({ workers }) => ({ command: [PYTHON, join(PROGRAMS, 'busy_threads.py'), String(workers), '1'] }),
      {
        workers: 8,
        threads: 1,
      },
    );
    assert.deepEqual([fix.workers.now, fix.workers.start, fix.variables], [8, 2, {}]);
  });
  it('workers of one thread: eight Node processes', async () => {
    const start: Program = ({ workers }) => ({
      command: [process.execPath, join(PROGRAMS, 'busy_cluster.mjs'), String(workers)],
    });
    const fix = await cured(start, { workers: 8, threads: 1 });
    assert.deepEqual([fix.workers.now, fix.workers.start, fix.variables], [8, 2, {}]);
  });
  it('workers of one thread: eight R processes', async function () {
    requirePackages(this, 'r-base-core');
    const start: Program = ({ workers }) => ({
      command: ['Rscript', overload('busy_mclapply.R'), String(workers)],
    });
    const { workers } = await cured(start, { workers: 8, threads: 1 });
    assert.deepEqual([workers.start, workers.option], [2, 'mc.cores = 2, or makeCluster(2)']);
  });
  it('workers that process 1 has adopted: a cluster of eight R processes', async function () {
    requirePackages(this, 'r-base-core');
    const start: Program = ({ workers }) => ({ command: ['Rscript', overload('busy_cluster.R'), String(workers)] });
    const { workers } = await cured(start, { workers: 8, threads: 1 });
    assert.deepEqual([workers.now, workers.start, workers.option], [8, 2, 'mc.cores = 2, or makeCluster(2)']);
  });
  it('workers × threads: four processes with numpy', async function () {
    requirePackages(this, 'python3-numpy');
    const start: Program = ({ workers }) => ({
      command: [PYTHON, overload('busy_numpy_pool.py'), String(workers)],
    });
    const fix = await cured(start, { workers: 4, threads: 1 });
    assert.equal(fix.workers.start, 2);
    assert.deepEqual(Object.values(fix.variables), ['1']);
  });
  it('three Go programs at once: GOMAXPROCS', async function () {
    requirePackages(this, 'golang-go');
    const directory = temporaryDirectory();
    const compute = compiled(
      join(directory, 'compute'),
      ['go', 'build', '-o', join(directory, 'compute'), overload('compute.go')],
      {
        CGO_ENABLED: '0',
        GOCACHE: join(directory, 'cache'),
      },
    );
    const all = (workers: number) => `${`${compute} & `.repeat(workers)}wait`;
    const fix = await cured(({ workers }) => ({ command: ['sh', '-c', all(workers)] }), { workers: 3, threads: 1 });
    assert.deepEqual(fix.variables, { GOMAXPROCS: '1' });
    assert.equal(fix.workers.start, 2);
  });
  it('a JVM that counts more CPUs: JAVA_TOOL_OPTIONS, whose other options stay', async function () {
    requirePackages(this, 'default-jdk-headless');
    const environment = { JAVA_TOOL_OPTIONS: '-Xmx100m -XX:ActiveProcessorCount=8' };
    const fix = await cured(() => ({ command: ['java', overload('Compute.java')], environment }), {
      workers: 1,
      threads: 1,
    });
    assert.deepEqual(fix.variables, { JAVA_TOOL_OPTIONS: '-Xmx100m -XX:ActiveProcessorCount=2' });
  });
  it("computations on libuv's pool: UV_THREADPOOL_SIZE", async () => {
    const environment = { UV_THREADPOOL_SIZE: '8' };
    const command = [process.execPath, overload('busy_libuv_pool.cjs')];
    const fix = await cured(() => ({ command, environment }), { workers: 1, threads: 1 });
    assert.deepEqual(fix.variables, { UV_THREADPOOL_SIZE: '3' });
  });
  it("sharp: libuv's pool by its variable, libvips in code", async () => {
    const installed = await installedFromNpm('sharp@0.33.5');
    const environment = { NODE_PATH: join(installed, 'node_modules') };
    const start: Program = ({ threads }) => ({
      command: [process.execPath, overload('busy_sharp.cjs'), String(threads)],
      environment,
    });
    const fix = await cured(start, { workers: 1, threads: 8 });
    assert.deepEqual(fix.variables, { UV_THREADPOOL_SIZE: '3' });
    assert.match(fix.levers.map(lever => lever.set).join(), /sharp\.concurrency\(1\)/);
  });
  it('xz: its option on the command line', async () => {
    const pipe = 'head -c 99 /dev/zero; echo computing; exec "$0" "$@"';
    const command = ['bash', '-c', pipe, 'xz', '-T8', '-c', '/dev/urandom'];
    const ill = await audited(command);
    assert.ok(tooMuch(ill.verdict), ill.verdict);
    assert.deepEqual(ill.fix?.program, ['xz', '-T2', '-c', '/dev/urandom']);
    assert.equal(ill.fix.command, 'xz -T2 -c /dev/urandom');
    const well = await audited([...command.slice(0, 3), ...ill.fix.program]);
    assert.deepEqual([well.fix?.levers ?? [], tooMuch(well.verdict)], [[], false]);
  });
});
