import assert from 'node:assert/strict';
import { join } from 'node:path';
import { audit, type Audit, type AuditFinding, type FindingId } from '../../lib/index.js';
import { allRequirePackages } from '../helpers/debian.js';
import { PROGRAMS, temporaryDirectory, TWO_CPUS } from '../helpers/processes/governed.js';
import { started } from '../helpers/processes/printing.js';
import { finished } from '../helpers/processes/run.js';
import { PYTHON } from '../helpers/shared.js';

const [FIRST] = TWO_CPUS;
const POOL = [PYTHON, join(PROGRAMS, 'busy_threads.py'), '2', '1'];
const MPIRUN = ['mpirun', '--allow-run-as-root', '-n', '1'];

function only(id: FindingId, { findings }: Audit): AuditFinding {
  const [finding, ...more] = findings.filter(one => one.id === id);
  assert.ok(finding && more.length === 0, JSON.stringify(findings));
  return finding;
}

/** The line to paste, and what it says about the next start. */
function parts({ fix }: AuditFinding): { now: string; next: string } {
  const [now, next] = fix.split('  # next time: ');
  return { now: now!, next: next! };
}

async function pasted(line: string): Promise<void> {
  const { status, stderr } = await finished(['sh', '-c', line]);
  assert.equal(status, 0, stderr);
}

describe('workers stacked on one CPU: after what the audit prescribes, the next one finds nothing', () => {
  allRequirePackages('openmpi-bin', 'gcc');

  it('by taskset, or a shell that was pinned', async () => {
    const { pid } = await started(['taskset', '-c', String(FIRST), ...POOL]);
    const before = await audit(pid);
    assert.equal(before.verdict, 'stacked');
    const finding = only('workers-on-one-cpu', before);
    assert.match(finding.evidence, /python3 \(pid \d+\) was pinned, or pinned itself/);
    await pasted(parts(finding).now);
    const after = await audit(pid);
    assert.deepEqual(after.findings, []);
    assert.notEqual(after.verdict, 'stacked');
  });

  it("by mpirun's binding, for the running ranks and for the next start", async () => {
    const { pid } = await started([...MPIRUN, '--bind-to', 'core', ...POOL]);
    const finding = only('workers-on-one-cpu', await audit(pid));
    assert.match(finding.evidence, /mpirun \(pid \d+\) bound the rank python3/);
    const { now, next } = parts(finding);
    await pasted(now);
    assert.deepEqual((await audit(pid)).findings, []);
    const again = await started(['sh', '-c', `exec ${next}`]);
    assert.deepEqual((await audit(again.pid)).findings, []);
  });

  it('a team of one thread too many, which only waits, and so wants few CPUs', async () => {
    const steps = join(temporaryDirectory(), 'openmp_steps');
    const made = await finished(['gcc', '-O1', '-fopenmp', join(PROGRAMS, 'openmp_steps.c'), '-o', steps]);
    assert.equal(made.status, 0, made.stderr);
    const team = ['taskset', '-c', TWO_CPUS.join(), steps];
    const large = await audit((await started(team, { OMP_NUM_THREADS: '3' })).pid);
    assert.match(large.verdict, /^(over-subscribed|thrashing)$/);
    assert.equal(only('team-larger-than-cpus', large).fix, 'export OMP_NUM_THREADS=2');
    const fitting = await audit((await started(team, { OMP_NUM_THREADS: '2' })).pid);
    assert.ok(fitting.findings.every(finding => finding.id !== 'team-larger-than-cpus'));
  });
});
