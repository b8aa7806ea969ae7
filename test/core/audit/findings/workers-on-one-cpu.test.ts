import assert from 'node:assert/strict';
import fc from 'fast-check';
import { parseCpulist } from '../../../../lib/core/cpuset.js';
import type { Audited } from '../../../../lib/core/audit/findings.js';
import { workersOnOneCpu } from '../../../../lib/core/audit/findings/workers-on-one-cpu.js';
import { governed, madeAudit, madeProcess, madeWorkers } from '../../../helpers/audit/audited.js';
import { madeHost } from '../../../helpers/machine/hosts.js';
import { holds } from '../../../helpers/property.js';

const on = (...lists: string[]) =>
  madeAudit(
    madeProcess(),
    ...madeWorkers(lists.length, i => ({ threads: [{ cpus: lists[i]! }, { cpus: lists[i]! }] })),
  );
const sharedPlaces = (...lists: string[]) => workersOnOneCpu(on(...lists)).map(finding => finding.text);

describe('finding: workers on one CPU', () => {
  it('all on the same CPU, while no worker may use the rest', () => {
    const [found] = workersOnOneCpu(on('0', '0', '0'));
    assert.equal(found!.text, '3 workers share CPU 0, but no worker may use CPUs 1-7.');
    assert.equal(
      found!.evidence,
      'python3 (pids 1000, 1100, 1200) confined to CPU 0; python3 (pid 1000) was pinned, or pinned itself ' +
        '(taskset, numactl, governor pin, sched_setaffinity): its parent python3 (pid 100) may use more',
    );
    assert.equal(
      found!.fix,
      'for pid in 1000 1100 1200; do taskset -pac 0-7 $pid; done  ' +
        '# next time: without that pin, or by governor run',
    );
    assert.deepEqual(found!.pids, [1000, 1100, 1200]);
  });
  it('a set of CPUs that is too small for the workers', () =>
    assert.deepEqual(sharedPlaces('2-3', '2-3', '2-3'), [
      '3 workers share CPUs 2-3, but no worker may use CPUs 0-1,4-7.',
    ]));
  it('two launches of one script, both from CPU 0', () => {
    assert.deepEqual(sharedPlaces('0', '1', '0', '1').length, 2);
  });
  it('with the pinning variable, which the fix unsets', () => {
    const environment = { OMP_PROC_BIND: 'close' };
    const seen = madeAudit(
      madeProcess({ environment }),
      ...madeWorkers(2, () => ({ environment, threads: [{ cpus: '0' }] })),
    );
    assert.equal(workersOnOneCpu(seen)[0]!.fix, 'unset OMP_PROC_BIND');
  });
  it('even in a governed program, if most places are unused', () => {
    const seen = on('1', '1', '1', '2');
    const environment = governed();
    assert.equal(
      workersOnOneCpu({ ...seen, processes: seen.processes.map(process => ({ ...process, environment })) }).length,
      1,
    );
  });
});

describe('finding: workers on one CPU, and who put them there', () => {
  const busy = { run: 0.5, wait: 0.5, cpus: '0' };
  /** Two working forks of a process, all on CPU 0, below these ancestors. */
  const confined = (environment: Record<string, string>, ...ancestors: Audited['ancestors']) => {
    const seen = madeAudit(
      madeProcess({ environment, threads: [{ cpus: '0' }] }),
      ...madeWorkers(2, () => ({ environment, threads: [busy] })),
    );
    const [finding, ...more] = workersOnOneCpu({
      ...seen,
      host: madeHost({ cores: 8, affinity: '0' }),
      ancestors,
    });
    assert.deepEqual(more, []);
    return finding;
  };
  const above = (pid: number, command: string, cpus: string): Audited['ancestors'][number] => ({
    pid,
    command,
    affinity: parseCpulist(cpus),
    environment: {},
  });
  const FREED = 'for pid in 100 1000 1100; do taskset -pac 0-7 $pid; done  # next time: ';

  it('the shell that started the program', () => {
    const found = confined({}, above(50, 'bash', '0'), above(40, 'sshd', '0-7'));
    assert.equal(found!.text, '2 processes share CPU 0: the program may use no other of CPUs 0-7.');
    assert.match(
      found!.evidence,
      /; bash \(pid 50\) was pinned, .*: its parent sshd \(pid 40\) may use more, and what/,
    );
    assert.match(
      found!.fix,
      /^for pid in 100 1000 1100 50; do taskset -pac 0-7 \$pid; done {2}# next time: without that/,
    );
    assert.equal(found!.severity, 'costs');
  });
  it('systemd, by CPUAffinity= of the unit', () => {
    const found = confined({}, above(1, 'systemd', '0-7'));
    assert.match(found!.evidence, /; systemd \(pid 1\) started python3 \(pid 100\) so, and what it starts/);
    assert.equal(found!.fix, `${FREED}without CPUAffinity= in its unit`);
  });
  it('Slurm, in a step that has more CPUs, or one that has no more', () => {
    const step = (cpus: string) => ({
      SLURM_LOCALID: '0',
      SLURM_CPU_BIND: 'quiet,mask_cpu:0x1',
      SLURM_CPUS_ON_NODE: cpus,
    });
    const found = confined(step('4'), above(50, 'slurmstepd', '0-7'));
    assert.match(
      found!.evidence,
      /; slurmstepd \(pid 50\) bound the rank python3 \(pid 100\): SLURM_CPU_BIND=quiet,mask/,
    );
    assert.equal(found!.fix, `${FREED}srun --cpu-bind=none …`);
    assert.match(confined(step('1'), above(50, 'slurmstepd', '0-7'))!.fix, /^srun \(or #SBATCH\) --cpus-per-task=2, /);
  });
  it('Slurm, in a control group of only the CPUs that the step asked for', () => {
    const environment = { SLURM_LOCALID: '0', SLURM_CPUS_ON_NODE: '2' };
    const place = { ...busy, cpus: '0-1' };
    const seen = madeAudit(
      madeProcess({ environment, threads: [{ cpus: '0-1' }] }),
      ...madeWorkers(4, () => ({ environment, threads: [place] })),
    );
    const host = madeHost({ cores: 8, cpuset: '0-1' });
    const cpuset = {
      ...host.limits.cpuset!,
      source: '/sys/fs/cgroup/slurmstepd.scope/job_1/step_0/cpuset.cpus.effective',
    };
    const ancestors = [above(50, 'slurmstepd', '0-7')];
    const [finding] = workersOnOneCpu({ ...seen, ancestors, host: { ...host, limits: { ...host.limits, cpuset } } });
    assert.match(finding!.text, /^4 processes share CPUs 0-1: the program may use no other of CPUs 0-7\.$/);
    assert.match(finding!.fix, /^srun \(or #SBATCH\) --cpus-per-task=4, /);
    assert.deepEqual(workersOnOneCpu({ ...seen, ancestors, host }), [], "a container's cpuset is meant");
  });
  it('mpirun, whose command line is not known', () => {
    const rank = { OMPI_COMM_WORLD_LOCAL_RANK: '0', OMPI_MCA_orte_launch: '1', OMPI_MCA_orte_bound_at_launch: '1' };
    assert.equal(confined(rank, above(50, 'mpirun', '0-7'))!.fix, `${FREED}mpirun --map-by slot:pe=2 …`);
    const many = { ...rank, OMPI_COMM_WORLD_LOCAL_SIZE: '5' };
    assert.equal(confined(many, above(50, 'mpirun', '0-7'))!.fix, `${FREED}mpirun --bind-to none …`);
    const { OMPI_MCA_orte_bound_at_launch: _, ...unbound } = rank;
    assert.doesNotMatch(confined(unbound, above(50, 'mpirun', '0-7'))!.fix, /mpirun/, 'it says that it bound no rank');
  });
  it('not mpirun if the rank has pinned its own workers', () => {
    const environment = { OMPI_COMM_WORLD_LOCAL_RANK: '0', OMPI_MCA_orte_bound_at_launch: '1' };
    const seen = madeAudit(madeProcess({ environment }), ...madeWorkers(2, () => ({ environment, threads: [busy] })));
    assert.doesNotMatch(workersOnOneCpu(seen)[0]!.fix, /mpirun/);
  });
  it('a program whose processes sleep, or that the governor put there, has no finding', () => {
    const seen = madeAudit(
      madeProcess({ threads: [{ cpus: '0' }] }),
      ...madeWorkers(2, () => ({ threads: [{ cpus: '0' }] })),
    );
    assert.deepEqual(workersOnOneCpu({ ...seen, host: madeHost({ cores: 8, affinity: '0' }) }), []);
    assert.equal(confined({ GOVERNOR_CPUS: '0' }), undefined);
  });
  it('of workers that sleep it is only a remark', () =>
    assert.equal(workersOnOneCpu(on('0', '0'))[0]!.severity, 'remark'));
  it('a variable that the program has set for its workers is to be removed in its code', () => {
    const environment = { OMP_PROC_BIND: 'close' };
    const seen = madeAudit(madeProcess(), ...madeWorkers(2, () => ({ environment, threads: [{ cpus: '0' }] })));
    assert.equal(
      workersOnOneCpu(seen)[0]!.fix,
      'unset OMP_PROC_BIND  # in python3 (pid 100), which sets it for the processes it starts',
    );
  });
});

describe('no finding: workers have their own CPUs', () => {
  it('one CPU each', () => assert.deepEqual(sharedPlaces('0', '1', '2', '3'), []));
  it('two workers that share two CPUs', () => assert.deepEqual(sharedPlaces('0-1', '0-1'), []));
  it('all workers on all CPUs', () => assert.deepEqual(sharedPlaces(...Array.from({ length: 20 }, () => '0-7')), []));
  it('equally many workers on every CPU', () => assert.deepEqual(sharedPlaces(...'01234567'.repeat(2)), []));
  it('a single worker', () => assert.deepEqual(sharedPlaces('0'), []));
  it('a machine with one CPU', () => {
    const seen = madeAudit(
      ...[madeProcess({ threads: [{ cpus: '0' }] }), ...madeWorkers(4, () => ({ threads: [{ cpus: '0' }] }))],
    );
    assert.deepEqual(workersOnOneCpu({ ...seen, host: madeHost({ cores: 1 }) }), []);
  });
  it('a program that is itself confined, perhaps on purpose', () => {
    const seen = madeAudit(
      ...[madeProcess({ threads: [{ cpus: '0' }] }), ...madeWorkers(4, () => ({ threads: [{ cpus: '0' }] }))],
    );
    assert.deepEqual(workersOnOneCpu({ ...seen, host: madeHost({ cores: 8, affinity: '0' }) }), []);
  });
  it('a governed program with more workers than places, and a reserve', () => {
    const environment = governed();
    const seen = madeAudit(
      madeProcess({ environment }),
      ...madeWorkers(9, i => ({ environment, threads: [{ cpus: `${1 + (i % 7)}` }] })),
    );
    assert.deepEqual(workersOnOneCpu(seen), []);
  });
  it('processes with threads pinned one by one', () => {
    assert.deepEqual(
      workersOnOneCpu(
        madeAudit(madeProcess(), ...madeWorkers(2, () => ({ threads: [{}, { cpus: '0' }, { cpus: '1' }] }))),
      ),
      [],
    );
  });
  it('never with one worker per place; always with two on a one-CPU place while another CPU is unused', () => {
    holds([fc.subarray([...'01234567'], { minLength: 1, maxLength: 7 })], places => {
      assert.deepEqual(sharedPlaces(...places), []);
      assert.equal(sharedPlaces(...places, places[0]!).length, 1);
    });
  });
});
