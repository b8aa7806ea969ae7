import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import type { AppliedFix } from '../../lib/index.js';
import { PROGRAMS, temporaryDirectory, TWO_CPUS } from '../helpers/processes/governed.js';
import { started } from '../helpers/processes/printing.js';
import { governor } from '../helpers/processes/run.js';
import { tooMuch } from '../../lib/core/audit/verdict.js';
import { PYTHON } from '../helpers/shared.js';

let runtime: string;
beforeEach(() => (runtime = temporaryDirectory()));

const governed = (...words: string[]) => governor(words, { XDG_RUNTIME_DIR: runtime });

/** Two processes on two CPUs, each with teams of eight OpenMP threads, that share nothing. */
async function teams(): Promise<number> {
  const program = join(temporaryDirectory(), 'teams');
  execFileSync('gcc', ['-fopenmp', '-O1', '-o', program, join(PROGRAMS, 'pools/teams_for_ever.c')]);
  const two = `"${program}" & exec "${program}"`;
  const { pid } = await started(['taskset', '-c', TWO_CPUS.join(), 'sh', '-c', two], { OMP_NUM_THREADS: '8' });
  return pid;
}

describe('governor audit --apply', () => {
  it('resizes what is too large while it runs; the second audit, whose status it has, finds less demand', async () => {
    const pid = await teams();
    const { status, stdout, stderr } = await governed('audit', '--apply', '--json', '--window', '0.5', String(pid));
    const { before, resized, after, left } = JSON.parse(stdout) as AppliedFix;
    assert.deepEqual({ status, stderr }, { status: tooMuch(after!.verdict) ? 1 : 0, stderr: '' });
    assert.ok(before.demand > 2, `before: ${before.demand}`);
    assert.ok(resized!.processes.some(({ pools }) => pools.some(pool => pool.before === 8 && pool.after === 1)));
    assert.ok(after!.demand < before.demand / 2, `after: ${after!.demand}, before: ${before.demand}`);
    assert.deepEqual(left, []);
    assert.equal((await governed('resize', '--undo', String(pid))).status, 0);
  });
  it('prints what it did, and the figures before and after', async () => {
    const pid = await teams();
    const { stdout } = await governed('audit', '--apply', '--window', '0.5', String(pid));
    assert.match(stdout, /libgomp +8 → 1\n/);
    assert.match(stdout, /governor resize --undo \d+ takes it back\n/);
    assert.match(
      stdout,
      /\n +BEFORE +AFTER\nverdict +(thrashing|over-subscribed) +\S.*\ndemand +\d+\.\d\d +\d\.\d\d\n/,
    );
  });
  it('says what is left for the next start, and that nothing could be done before', async () => {
    const pool = [PYTHON, join(PROGRAMS, 'busy_threads.py'), '8', '1'];
    const { pid } = await started(['taskset', '-c', TWO_CPUS.join(), ...pool]);
    const { status, stdout } = await governed('audit', '--apply', '--window', '0.5', String(pid));
    assert.equal(status, 1);
    assert.match(
      stdout,
      /; nothing that could be changed while it runs\n\nAt its next start\n {2}multiprocessing: workers 8 → 2: /,
    );
  });
  it('changes nothing of a program that fits', async () => {
    const { pid } = await started(['sh', '-c', 'echo ready; read line']);
    const { status, stdout } = await governed('audit', '--apply', '--window', '0.1', String(pid));
    assert.deepEqual(
      { status, stdout },
      { status: 0, stdout: `sh (pid ${pid}): idle; nothing that could be changed while it runs\n` },
    );
  });
  it('refuses --other-users without it', async () => {
    const { status, stderr } = await governed('audit', '--other-users', '1');
    assert.equal(status, 2);
    assert.match(stderr, /option "--other-users" can only be used with option "--apply"/);
  });
});
