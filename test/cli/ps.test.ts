import assert from 'node:assert/strict';
import { join } from 'node:path';
import type { ProgramRecord } from '../../lib/index.js';
import { isCrowded } from '../../lib/core/audit/program-demand.js';
import { tooMuch } from '../../lib/core/audit/verdict.js';
import { PROGRAMS, TWO_CPUS } from '../helpers/processes/governed.js';
import { startedInSession } from '../helpers/processes/programs.js';
import { finished, governor } from '../helpers/processes/run.js';
import { GOVERNOR, PYTHON } from '../helpers/shared.js';

const BUSY = ['taskset', '-c', TWO_CPUS.join(), PYTHON, join(PROGRAMS, 'busy_threads.py'), '2', '4'];
const SLEEPING = [PYTHON, join(PROGRAMS, 'sleeping_threads.py')];
const ps = (...options: string[]) => governor(['ps', '--window', '0.3', ...options]);

describe('governor ps', () => {
  it('lists an over-subscribed program in one line, and exits with 1', async () => {
    const { pid } = await startedInSession(BUSY);
    const { status, stdout, stderr } = await ps();
    assert.deepEqual({ status, stderr }, { status: 1, stderr: '' });
    assert.match(stdout, /^ *PID +USER +PROCESSES +THREADS +WANTED +DEMAND +RATIO +CPUS +VERDICT +COMMAND$/m);
    assert.match(
      stdout,
      new RegExp(
        `^ *${pid} +\\S+ +3 +9 +\\d+\\.\\d +\\d+\\.\\d\\d +\\d+\\.\\d +\\S+ +` +
          `(over-subscribed|thrashing) +${PYTHON} \\S+ 2 4$`,
        'm',
      ),
    );
    assert.match(
      stdout,
      /^\d+ of \d+ programs wants? more CPUs than (it|they) may use; \d+\.\d CPUs wanted in total$/m,
    );
  });
  it('prints JSON; the exit status follows the verdicts', async () => {
    const { pid } = await startedInSession(BUSY);
    const { status, stdout } = await ps('--json', '--all');
    const programs = JSON.parse(stdout) as ProgramRecord[];
    assert.ok(tooMuch(programs.find(program => program.pid === pid)!.verdict));
    assert.equal(status, 1);
    const quiet = await ps('--json', '--all');
    assert.equal(
      quiet.status,
      (JSON.parse(quiet.stdout) as ProgramRecord[]).some(({ verdict }) => tooMuch(verdict)) ? 1 : 0,
    );
  });
  it('lists only programs with more demand or threads than CPUs; --all lists every program', async () => {
    const { pid } = await startedInSession([PYTHON, '-c', 'print(1, flush=True); import time; time.sleep(600)']);
    const listed = async (...options: string[]) =>
      JSON.parse((await ps('--json', ...options)).stdout) as ProgramRecord[];
    const [few, all] = [await listed(), await listed('--all')];
    assert.ok(few.every(isCrowded));
    assert.ok(!few.some(program => program.pid === pid));
    assert.ok(all.some(program => program.pid === pid));
  });
  it('--limit lists the worst ones', async () => {
    await startedInSession(BUSY);
    const { stdout } = await ps('--limit', '1', '--json');
    const programs = JSON.parse(stdout) as ProgramRecord[];
    assert.equal(programs.length, 1);
    assert.ok(programs[0]!.demand > 1.25);
  });
  it('shows a hostile name as plain text', async () => {
    const { pid } = await startedInSession(SLEEPING);
    const { stdout } = await ps('--all');
    assert.match(stdout, new RegExp(`^ *${pid} +\\S+ +1 +101 `, 'm'));
    assert.doesNotMatch(stdout, /\x1b/);
  });
  it('cuts lines at the width of the terminal', async () => {
    await startedInSession([...SLEEPING, ...Array.from({ length: 50 }, () => 'argument')]);
    const { stdout } = await finished(
      ['script', '-qec', `stty cols 100; ${process.execPath} ${GOVERNOR} ps --all --window 0.05`, '/dev/null'],
      { NO_COLOR: '1', TERM: 'xterm' },
    );
    const widths = stdout
      .split('\r\n')
      .slice(0, -2)
      .map(line => line.length);
    assert.ok(widths.length > 2);
    assert.ok(Math.max(...widths) <= 100, stdout);
  });
});
