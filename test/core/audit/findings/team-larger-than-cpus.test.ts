import assert from 'node:assert/strict';
import { teamLargerThanCpus } from '../../../../lib/core/audit/findings/team-larger-than-cpus.js';
import { variablesContradict } from '../../../../lib/core/audit/findings/variables-contradict.js';
import { file, madeAudit, madeProcess, madeWorkers, type MadeThread } from '../../../helpers/audit/audited.js';
import { madeHost } from '../../../helpers/machine/hosts.js';

/** A calling thread and those that a library started, which all get a CPU for a third of the time. */
const team = (library: string, size: number, told: MadeThread = {}): MadeThread[] => [
  { run: 0.33, wait: 0.14, cpus: '0-1', ...told },
  ...Array.from({ length: size - 1 }, () => ({ owner: library, run: 0.33, wait: 0.14, cpus: '0-1', ...told })),
];
const TWO_CPUS = madeHost({ cores: 2 });
const found = (threads: MadeThread[], environment: Record<string, string> = {}, host = TWO_CPUS) =>
  teamLargerThanCpus({ ...madeAudit(madeProcess({ threads, environment })), host });

describe('finding: a team of threads is larger than the CPUs it may use', () => {
  it('by one thread', () => {
    const [finding] = found(team('libgomp', 3));
    assert.equal(
      finding!.text,
      'libgomp computes with 3 threads, and only 2 can run at once: ' +
        'at the end of each step all wait for those that had no CPU.',
    );
    assert.equal(finding!.evidence, 'python3 (pid 100) on CPUs 0-1: ran on 1.0 CPUs, waited for 0.4');
    assert.equal(finding!.fix, 'export OMP_NUM_THREADS=2');
    assert.equal(finding!.severity, 'costs');
  });
  it('with the variable that decided, or the code if that has overruled the variable', () => {
    assert.equal(found(team('OpenBLAS', 3), { OMP_NUM_THREADS: '3' })[0]!.fix, 'export OMP_NUM_THREADS=2');
    assert.equal(found(team('OpenBLAS', 3))[0]!.fix, 'export OPENBLAS_NUM_THREADS=2');
    assert.match(found(team('libgomp', 3), { OMP_NUM_THREADS: '2' })[0]!.fix, /^set 2 where the program .* in code/);
    const [main, ...others] = team('libgomp', 3);
    const torch = [main!, ...others.map(thread => ({ ...thread, workingFor: 'torch' }))];
    assert.equal(found(torch, { OMP_NUM_THREADS: '1' })[0]!.fix, 'torch.set_num_threads(2)');
    assert.match(found(torch)[0]!.text, /^torch \(on libgomp's threads\) computes with 3 threads/);
  });
  it('than its quota, of which a part of a CPU counts', () => {
    const host = madeHost({ cores: 8, quota: 1.5 });
    assert.deepEqual(found(team('libgomp', 2, { cpus: '0-7' }), {}, host), []);
    assert.equal(found(team('libgomp', 3, { cpus: '0-7' }), {}, host).length, 1);
  });
  it('in several workers at once, as one finding', () => {
    const workers = madeWorkers(4, i => ({ threads: team('libgomp', 2, { cpus: `${i}` }) }));
    const [finding, ...more] = teamLargerThanCpus(madeAudit(madeProcess(), ...workers));
    assert.match(finding!.text, /^libgomp computes with 2 threads in each of 4 processes, and only 1 can run at once/);
    assert.deepEqual(finding!.pids, [1000, 1100, 1200, 1300]);
    assert.deepEqual(more, []);
  });
  it('than the CPUs that the rest of the program leaves it, such as loaders of training data', () => {
    const loader = madeProcess({ pid: 200, ppid: 100, role: 'worker', threads: [{ run: 0.8, cpus: '0-1' }] });
    const seen = madeAudit(madeProcess({ threads: team('libgomp', 2, { run: 0.5, wait: 0.25 }) }), loader);
    const [finding] = teamLargerThanCpus({ ...seen, host: TWO_CPUS });
    assert.match(finding!.text, /^libgomp computes with 2 threads, and only 1 can run at once/);
    assert.match(finding!.evidence, /; the program's other threads used 0\.8 of them$/);
    assert.equal(finding!.fix, 'export OMP_NUM_THREADS=1');
  });
  it('because mpirun bound the rank to a core: the fix frees it, and says how to start it next time', () => {
    const mpirun = madeProcess({ command: 'mpirun', commandLine: ['mpirun', '-n', '2', '--bind-to', 'core', './a b'] });
    const ranks = madeWorkers(2, i => ({
      environment: {
        OMPI_COMM_WORLD_LOCAL_RANK: `${i}`,
        OMPI_COMM_WORLD_LOCAL_SIZE: '2',
        OMPI_MCA_orte_bound_at_launch: '1',
      },
      threads: team('libgomp', 4, { cpus: `${i}` }),
    }));
    const [first] = teamLargerThanCpus(madeAudit(mpirun, ...ranks));
    assert.equal(first!.fix, "taskset -pac 0-7 1000  # next time: mpirun --map-by slot:pe=4 -n 2 './a b'");
    const small = { ...madeAudit(mpirun, ...ranks), host: madeHost({ cores: 4 }) };
    assert.equal(teamLargerThanCpus(small)[0]!.fix, 'export OMP_NUM_THREADS=1', 'two teams of four need 8 CPUs');
    const smt = { ...madeAudit(mpirun, ...ranks), host: madeHost({ cores: 4, threads: 2 }) };
    assert.match(teamLargerThanCpus(smt)[0]!.fix, /mpirun --bind-to none -n 2 /, 'slot:pe counts cores');
    assert.match(first!.evidence, /; mpirun \(pid 100\) bound the rank python3 \(pid 1000\): OMPI_COMM_WORLD_LOCAL/);
  });
  it('and is no contradiction of a variable besides', () => {
    const process = madeProcess({
      threads: team('libgomp', 3),
      environment: { OMP_NUM_THREADS: '3' },
      modules: [file('libgomp.so.1', 'libgomp')],
    });
    assert.deepEqual(variablesContradict({ ...madeAudit(process), host: TWO_CPUS }), []);
  });
});

describe('no finding: a team fits its CPUs', () => {
  it('one thread per CPU', () => assert.deepEqual(found(team('libgomp', 2, { run: 1, wait: 0 })), []));
  it('more threads than CPUs, most of which sleep', () =>
    assert.deepEqual(
      found([...team('libgomp', 2), ...Array.from({ length: 62 }, () => ({ owner: 'libgomp', cpus: '0-1' }))]),
      [],
    ));
  it('threads that take work from each other (TBB, rayon) or have nothing to do with each other', () => {
    for (const library of ['TBB', 'rayon', 'Go runtime', 'JVM', 'Python thread'])
      assert.deepEqual(found(team(library, 4)), [], library);
  });
  it('a team of which each thread has its own CPU', () => {
    const threads = team('libgomp', 4).map((thread, i) => ({ ...thread, cpus: `${i}` }));
    assert.deepEqual(found(threads, {}, madeHost({ cores: 4 })), []);
  });
});
