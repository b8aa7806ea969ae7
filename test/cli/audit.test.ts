import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Audit } from '../../lib/index.js';
import { tooMuch } from '../../lib/core/audit/verdict.js';
import { affinitiesByTaskset, GovernedRun, PROGRAMS, TWO_CPUS } from '../helpers/processes/governed.js';
import { started } from '../helpers/processes/printing.js';
import { governor } from '../helpers/processes/run.js';
import { eventually } from '../helpers/processes/eventually.js';
import { reaped } from '../helpers/processes/reap.js';
import { PYTHON, requirePackages } from '../helpers/debian.js';
import { SAMPLES } from '../helpers/engines.js';
import { skip } from '../helpers/skip.js';

/** The verdicts of a fine program; other tests may starve it of CPU time. */
const FINE = /^(fine|starved by others)$/;

/** Findings that programs of other tests cannot cause: those may be confined to the same CPUs. */
const ownFindings = (found: Audit) => found.findings.filter(finding => finding.id !== 'launches-share-cpus');

const POOL = join(PROGRAMS, 'busy_threads.py');

async function auditByCommand(pid: number): Promise<{ status: number | null; audit: Audit }> {
  const { status, stdout } = await governor(['audit', '--json', String(pid)]);
  return { status, audit: JSON.parse(stdout) as Audit };
}

describe('governor audit of an over-subscribed pool', () => {
  it('exits with 1, and prints processes × threads and what to set, no variable that nobody reads', async () => {
    const { line, pid } = await started([PYTHON, POOL, '2', '4'], { OMP_NUM_THREADS: '8' });
    const workers = (JSON.parse(line) as { workers: number[] }).workers;
    const { status, stdout } = await governor(['audit', String(pid)]);
    assert.equal(status, 1);
    assert.match(
      stdout,
      /^(over-subscribed|thrashing): python3 \(pid \d+\): \d+\.\d CPUs wanted ÷ \d+ CPUs? = demand \d\.\d\d$/m,
    );
    assert.match(stdout, new RegExp(`^Workers of ${pid}: 2 processes × 4 threads = 8 threads$`, 'm'));
    assert.match(stdout, /^Variables: OMP_NUM_THREADS=8$/m);
    assert.match(stdout, /^ {2}Python thread: 4 threads in a process, use 1 in its code: .*max_workers=1\)$/m);
    assert.doesNotMatch(stdout, /export |governor run/);
    for (const worker of workers) assert.match(stdout, new RegExp(`^ *${worker} +${pid} +worker +4 `, 'm'));
  });

  it('does so too if the program sets the threads of its BLAS in code', async function () {
    requirePackages(this, 'python3-numpy', 'python3-threadpoolctl');
    const sample = join(SAMPLES, 'pool_train.py');
    const child = reaped(
      spawn(PYTHON, [sample, '--workers', '2', '--set-threads', '8', '--seconds', '30'], {
        detached: true,
        stdio: 'ignore',
      }),
      { group: true },
    );
    await eventually(() => childrenOf(child.pid!).filter(pid => threadsOf(pid) === 8).length === 2);
    const { status, stdout } = await governor(['audit', String(child.pid)]);
    assert.equal(status, 1, stdout);
    assert.match(stdout, new RegExp(`^Workers of ${child.pid}: 2 processes × 8 threads = 16 threads$`, 'm'));
  });

  it('prints verdict, ratio, processes with their threads, pools, variables and fix as JSON', async () => {
    const { pid } = await started([PYTHON, POOL, '2', '4']);
    const { status, audit: found } = await auditByCommand(pid);
    assert.equal(status, 1);
    assert.ok(tooMuch(found.verdict), found.verdict);
    assert.ok(found.demand > 2, String(found.demand));
    assert.equal(found.ratio, 9 / found.effectiveCpus);
    const [pool, ...others] = found.pools;
    assert.deepEqual(
      [pool!.library, pool!.parent, pool!.processes, pool!.started, pool!.threads],
      ['Python thread', pid, 2, 3, 6],
    );
    assert.deepEqual(others, []);
    assert.deepEqual(
      found.processes.map(process => process.role),
      ['root', 'worker', 'worker'],
    );
    assert.deepEqual(found.cpus, affinitiesByTaskset(pid)[0]);
    for (const process of found.processes) {
      assert.deepEqual(
        process.threads.map(thread => thread.tid).sort(),
        readdirSync(`/proc/${process.pid}/task`).map(Number).sort(),
      );
    }
    assert.deepEqual(found.fix?.variables, {});
    assert.deepEqual([found.fix?.workers.start, found.fix?.levers[0]?.value], [2, 1]);
  });

  it('finds a pool on one CPU, however many CPUs its parent may use', async () => {
    const { pid } = await started([PYTHON, POOL, '1', '4', String(TWO_CPUS[0])]);
    const { audit: found, status } = await auditByCommand(pid);
    assert.equal(status, 1);
    assert.deepEqual(found.hottest?.cpus, TWO_CPUS.slice(0, 1));
    assert.ok(found.hottest.demand > 2.5);
  });
});

describe('governor audit of programs that are fine', () => {
  it('exits with 0 for a governed run', async () => {
    const run = new GovernedRun(['--reserve', '0'], [PYTHON, POOL, '2', '1']);
    const { parent } = JSON.parse(await run.line()) as { parent: number };
    await run.said(/workers? on \d+ places?/);
    const { status, audit: found } = await auditByCommand(parent);
    assert.equal(status, 0);
    assert.match(found.verdict, FINE);
    assert.deepEqual(ownFindings(found), []);
    assert.equal(found.environment?.['OPENBLAS_NUM_THREADS'], '1');
    await run.end();
  });

  it('exits with 0 for a numpy pool under governor run with as many workers as Python counts CPUs', async function () {
    requirePackages(this, 'python3-numpy');
    const sample = join(SAMPLES, 'pool_train.py');
    const run = new GovernedRun(['--reserve', '0'], [PYTHON, sample, '--workers', '2', '--seconds', '30']);
    await run.said(/workers? on \d+ places?/);
    const [pool] = childrenOf(run.child.pid!);
    const { status, audit: found } = await auditByCommand(pool!);
    assert.equal(status, 0);
    assert.match(found.verdict, FINE);
    assert.deepEqual(
      found.processes.filter(process => process.role === 'worker').map(process => process.threads.length),
      [1, 1],
    );
    assert.deepEqual(ownFindings(found), []);
  });

  it('exits with 0 for a hundred sleeping threads with a hostile name', async () => {
    const { pid } = await started([PYTHON, join(PROGRAMS, 'sleeping_threads.py')]);
    const { status, stdout } = await governor(['audit', String(pid)]);
    assert.equal(status, 0);
    assert.match(stdout, /^idle: /);
    assert.match(stdout, /^101 threads in 1 process /m);
    assert.doesNotMatch(stdout, /\x1b/);
  });
});

describe('governor audit refuses', () => {
  const refusal = async (pid: string): Promise<string> => {
    const { status, stdout, stderr } = await governor(['audit', '--', pid]);
    assert.equal(status, 2);
    assert.equal(stdout, '');
    assert.match(stderr, /^governor: .*\n$/);
    return stderr;
  };

  it('a pid that is 0, negative, not a number, or too large', async () => {
    for (const pid of ['0', '-1', 'abc', '1.5', '99999999999', '']) assert.match(await refusal(pid), /invalid PID /);
  });
  it('a pid that no process has', async () => {
    const largest = readFileSync('/proc/sys/kernel/pid_max', 'utf8').trim();
    assert.match(await refusal(largest), new RegExp(`pid ${largest}: there is no such process`));
  });
  it('a zombie', async () => {
    const { line } = await started([PYTHON, join(PROGRAMS, 'zombie.py')]);
    assert.match(await refusal(line), /is a zombie: it has ended/);
  });
  it('a kernel thread', async function () {
    const kernel = readdirSync('/proc')
      .filter(name => /^\d+$/.test(name))
      .find(pid => {
        try {
          return readFileSync(`/proc/${pid}/stat`, 'utf8').includes('(kthreadd)');
        } catch {
          return false;
        }
      });
    if (!kernel) return skip(this, 'no thread of the kernel is visible here');
    assert.match(await refusal(kernel), /kernel/);
  });
});

function childrenOf(pid: number): number[] {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean).map(Number);
}

function threadsOf(pid: number): number {
  return readdirSync(`/proc/${pid}/task`).length;
}
