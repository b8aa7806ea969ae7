import assert from 'node:assert/strict';
import { readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { audit, ps, type Audit } from '../../lib/index.js';
import { shellQuote } from '../../lib/core/shell.js';
import { formatAudit } from '../../lib/report/audit/audit.js';
import { requirePackages } from '../helpers/debian.js';
import { eventually } from '../helpers/processes/eventually.js';
import { GovernedRun, PROGRAMS, temporaryDirectory, TWO_CPUS } from '../helpers/processes/governed.js';
import { childrenOf, Launched } from '../helpers/processes/launched.js';
import { started } from '../helpers/processes/printing.js';
import { finished } from '../helpers/processes/run.js';
import { GOVERNOR, PROJECT, PYTHON } from '../helpers/shared.js';

/** Threads of the children of a process, and of their children. */
function threadsBelow(pid: number): number {
  const children = childrenOf(pid).filter(child => child > 0);
  return children.reduce((sum, child) => sum + readdirSync(`/proc/${child}/task`).length + threadsBelow(child), 0);
}

const POOL = [PYTHON, join(PROGRAMS, 'busy_threads.py'), '2', '3'];

const lines = (found: Audit) => formatAudit(found, (_, text) => text).split('\n');

/** An audit of the tree once it has that many processes that sleep: those are the workers of these tests. */
async function auditedWith(pid: number, workers: number): Promise<Audit> {
  for (;;) {
    const found = await audit(pid, { window: 0.1 });
    if (found.processes.filter(({ command }) => command === 'sleep').length === workers) return found;
  }
}

/** What `Workers of` lines say, and the programs of the workers. */
function poolsIn(found: Audit): string[] {
  const workers = found.processes.filter(process => process.role === 'worker');
  return [
    ...lines(found).filter(line => line.startsWith('Workers of ')),
    [...new Set(workers.map(worker => worker.command))].join(),
  ];
}

describe('audit: workers behind wrappers are one pool', () => {
  it('of a shell that starts them in different ways', async () => {
    const jobs = ['sh -c "sleep 20; true"', 'timeout --foreground 60 sleep 20', 'env A=1 sleep 20', 'nice sleep 20'];
    const { pid } = await started(['sh', '-c', `${jobs.join(' & ')} & sleep 20 & echo ready; wait`]);
    assert.deepEqual(poolsIn(await auditedWith(pid, 5)), [
      `Workers of ${pid}: 5 processes × 1 thread = 5 threads`,
      'sleep',
    ]);
  });
  it('of xargs', async () => {
    const xargs = ['xargs', '-P', '3', '-I{}', 'sh', '-c', 'echo; sleep {}; true'].map(shellQuote).join(' ');
    const { pid } = await started(['sh', '-c', `exec ${xargs} <<E\n20\n20\n20\nE`]);
    assert.deepEqual(poolsIn(await auditedWith(pid, 3)), [
      `Workers of ${pid}: 3 processes × 1 thread = 3 threads`,
      'sleep',
    ]);
  });
  it('of GNU parallel', async function () {
    requirePackages(this, 'parallel');
    const { pid } = await started([
      'parallel',
      '--will-cite',
      '-u',
      '-j3',
      'echo; timeout --foreground 60 sleep {}; true',
      ':::',
      '20',
      '20',
      '20',
    ]);
    assert.deepEqual(poolsIn(await auditedWith(pid, 3)), [
      `Workers of ${pid}: 3 processes × 1 thread = 3 threads`,
      'sleep',
    ]);
  });
});

describe('audit: the command that it prints', () => {
  it('can be pasted, from any directory, and does the same under governor run', async function () {
    requirePackages(this, 'python3-numpy');
    const home = temporaryDirectory();
    const pool = [PYTHON, join(PROJECT, 'test/fixtures/overloads/busy_numpy_pool.py'), '2'];
    const script = `#!/bin/sh\necho "$0 $* in $PWD"\n${pool.join(' ')} >/dev/null\ntrue\n`;
    writeFileSync(join(home, 'train me'), script, { mode: 0o755 });
    symlinkSync(GOVERNOR, join(home, 'governor'));
    const { pid, line } = await started(['taskset', '-c', TWO_CPUS.join(), './train me', "it's"], {}, home);
    await eventually(() => threadsBelow(pid) === 1 + 2 * 2);
    const { fix } = await audit(pid, { window: 0.5 });
    assert.equal(fix?.command, `cd ${home} && governor run -- './train me' 'it'\\''s'`);
    const environment = { PATH: `${home}:${process.env['PATH']}` };
    const { stdout, status } = await finished(['bash', '-c', fix.command], environment);
    assert.equal(stdout.split('\n')[0], line);
    assert.equal(status, 0);
  });
});

describe('audit of a governor shows the program inside', () => {
  it('run: the program is the root, and the command starts it', async () => {
    const run = new GovernedRun(['-q'], POOL);
    const { parent } = JSON.parse(await run.line()) as { parent: number };
    const found = await audit(run.child.pid!, { window: 0.5 });
    assert.deepEqual(
      [found.pid, found.command, found.executable],
      [parent, 'python3', found.processes[0]!.modules[0]!.path],
    );
    assert.deepEqual(
      found.processes.map(({ role, command }) => `${role} ${command}`),
      ['root python3', 'worker python3', 'worker python3'],
    );
    assert.equal(found.threads.all, 7);
    assert.deepEqual(found.fix?.program, POOL);
    assert.match(
      lines(found)[1]!,
      new RegExp(`^Inside governor run \\(pid ${run.child.pid}\\), whose own 3 processes and `),
    );
    await run.end();
  });
  it('launch: the ranks are the workers', async () => {
    const launched = new Launched(['-n', '2', '--share'], ['sh', '-c', 'echo ready; sleep 20; true']);
    await launched.lines(2);
    const found = await auditedWith(launched.pid, 2);
    assert.deepEqual(poolsIn(found), [`Workers of ${launched.pid}: 2 processes × 1 thread = 2 threads`, 'sleep']);
    assert.deepEqual([found.pid, found.command, found.start], [launched.pid, 'sleep', null]);
    assert.deepEqual(found.processes.map(({ command }) => command).sort(), ['sh', 'sh', 'sleep', 'sleep']);
    assert.match(lines(found)[1]!, /^The 2 ranks of governor launch \(pid \d+\), whose own 3 processes and /);
    launched.child.kill();
    await launched.ended();
  });
  it('exec: the governor has become the program', async () => {
    const { pid } = await started([process.execPath, GOVERNOR, 'exec', '--', ...POOL]);
    const found = await audit(pid, { window: 0.1 });
    assert.deepEqual([found.command, found.governor, found.start?.words], ['python3', null, POOL]);
  });
  it('ps lists what run and launch have started, each as one program', async () => {
    const run = new GovernedRun(['-q', '--share'], POOL);
    const { parent } = JSON.parse(await run.line()) as { parent: number };
    const launched = new Launched(['-n', '2', '--share'], ['sh', '-c', 'echo ready; sleep 20; true']);
    await launched.lines(2);
    const ranks = childrenOf(launched.warden());
    const programs = await ps({ window: 0.1 });
    const [ofRun] = programs.filter(({ pid }) => pid === parent);
    assert.deepEqual([ofRun?.command, ofRun?.processes, ofRun?.threads], ['python3', 3, 7]);
    const ofRanks = programs.filter(({ pid }) => ranks.includes(pid));
    assert.deepEqual([ranks.length, ofRanks.length, ofRanks[0]?.command], [2, 1, 'sh']);
    assert.ok(ofRanks[0]!.processes >= 2);
    launched.child.kill();
    await Promise.all([launched.ended(), run.end()]);
  });
});
