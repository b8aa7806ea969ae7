import assert from 'node:assert/strict';
import { formatCpulist } from '../../../lib/core/cpuset.js';
import type { AuditedProcess } from '../../../lib/core/audit/audited.js';
import { fixFor, type Ailing } from '../../../lib/core/audit/fix.js';
import { poolsOf } from '../../../lib/core/audit/pools.js';
import type { Host } from '../../../lib/core/machine/host.js';
import {
  file,
  madeProcess,
  madeWorkers,
  startedBy,
  type MadeProcess,
  type MadeThread,
} from '../../helpers/audit/audited.js';
import { HOSTS, madeHost } from '../../helpers/machine/hosts.js';
import { shellWords } from '../../helpers/processes/shell.js';

const TRAIN = ['python3', 'train.py'];

/** A thread that wants a CPU all the time, and gets a part of it. */
const busy = (owner?: string): MadeThread => ({ run: 0.3, wait: 0.7, cpus: '0-11', ...(owner && { owner }) });
/** A program of so many workers, each with an OpenBLAS pool of so many threads. */
function pool(workers: number, threads: number, given: MadeProcess = {}): AuditedProcess[] {
  const each = { ...given, threads: [busy(), ...Array.from({ length: threads - 1 }, () => busy('OpenBLAS'))] };
  return [madeProcess(given), ...madeWorkers(workers, () => each)];
}
function fix(processes: AuditedProcess[], more: Partial<Ailing> = {}) {
  const host = more.host ?? HOSTS.smt12;
  const cpus = host.cpus.map(({ cpu }) => cpu);
  return fixFor({
    host,
    cpus,
    start: startedBy(TRAIN),
    processes,
    pools: poolsOf(processes),
    verdict: 'over-subscribed',
    ...more,
  });
}

describe('fix: workers × threads', () => {
  it('few workers: several threads each, and no reserve that would leave a CPU idle', () => {
    const { command, variables, threadsPerWorker, workers } = fix(pool(4, 6));
    assert.equal(command, 'governor run --reserve 0 --workers 4 -- python3 train.py');
    assert.deepEqual(variables, { OPENBLAS_NUM_THREADS: '3' });
    assert.deepEqual([threadsPerWorker, workers], [3, { now: 4, start: 4, option: null }]);
  });
  it('as many workers as CPUs: one thread each', () => {
    const { command, variables, workers } = fix(pool(12, 6));
    assert.equal(command, 'governor run -- python3 train.py');
    assert.deepEqual([variables, workers.start], [{ OPENBLAS_NUM_THREADS: '1' }, 12]);
  });
  it('too many workers with several threads: fewer, and one thread each', () => {
    const { variables, workers, levers } = fix(pool(24, 2));
    assert.deepEqual([variables, workers.now, workers.start], [{ OPENBLAS_NUM_THREADS: '1' }, 24, 12]);
    assert.deepEqual(
      levers.map(({ of, value, now }) => [of, value, now]),
      [
        ['workers', 12, 24],
        ['threads', 1, 2],
      ],
    );
  });
  it('too many workers with one thread: fewer, and no variable', () => {
    const { variables, workers, command, levers } = fix(pool(24, 1));
    assert.deepEqual([variables, workers.start, command], [{}, 12, null]);
    assert.deepEqual(levers[0]!.kind, 'code');
    assert.match(workers.option!, /Pool\(12\)/);
  });
  it('one process: a thread for each CPU', () => {
    const threads = Array.from({ length: 24 }, (_, i) => busy(i > 0 ? 'OpenBLAS' : ''));
    const process = madeProcess({ threads, environment: { OPENBLAS_NUM_THREADS: '24' } });
    const { command, variables } = fix([process], { host: madeHost({ cores: 24, cpuset: '0-11' }) });
    assert.equal(command, 'env -u OPENBLAS_NUM_THREADS governor run --workers 1 -- python3 train.py');
    assert.deepEqual(variables, { OPENBLAS_NUM_THREADS: '12' });
  });
});

describe('fix: the option of the program that starts the workers', () => {
  const tests = (commandLine: string[], more: Partial<Ailing> = {}) =>
    fix(pool(24, 1, { commandLine }), { start: startedBy(commandLine), ...more });

  it('is set in the command, which needs no governor', () => {
    const { command, workers, program } = tests(['python3', '-m', 'pytest', '-n', '24']);
    assert.equal(command, 'python3 -m pytest -n 12');
    assert.equal(workers.option, '-n 12');
    assert.deepEqual(program, ['python3', '-m', 'pytest', '-n', '12']);
  });
  it('is only named if the command is not that program, or unknown', () => {
    const { command, workers } = tests(['make', '-j24'], { start: startedBy(['./build.sh']) });
    assert.deepEqual([command, workers.option], [null, '-j 12']);
    assert.equal(tests(['make', '-j24'], { start: null }).command, null);
  });
  it('is a line of its configuration if it has no such option', () => {
    const { levers, command } = tests(['nginx: master process nginx']);
    assert.deepEqual([levers[0]!.kind, levers[0]!.set, command], ['configuration', 'worker_processes 12;', null]);
  });
});

describe('fix: no setting known', () => {
  it('one process is confined to the CPUs that its time is enough for', () => {
    const threads = Array.from({ length: 12 }, () => busy('libx.so'));
    const { command, levers } = fix([madeProcess({ threads })], { host: HOSTS.quota1500m });
    assert.deepEqual([command, levers[0]!.kind], ['taskset -c 0 python3 train.py', 'cpus']);
  });
});

describe('fix: nothing more to set', () => {
  it('is said, not prescribed', () => {
    const process = madeProcess({ threads: Array.from({ length: 24 }, () => busy('solver')) });
    const found = fix([process]);
    assert.match(found.remark!, /nothing more to set: these threads are started by the program's own code/);
    assert.deepEqual([found.levers, found.variables, found.command], [[], {}, null]);
  });
  it('if CPU time is limited to less than one thread wants', () => {
    const found = fix([madeProcess({ threads: [busy()] })], { verdict: 'throttled by quota', host: HOSTS.quota1500m });
    assert.match(found.remark!, /^nothing to set: .* quota/);
  });
});

describe('fix: a process that computes alone', () => {
  const OPENBLAS = { ...file('libopenblas.so.0', 'OpenBLAS'), configured: 1 };
  const alone = (given: MadeProcess, others: AuditedProcess[] = [], verdict: Ailing['verdict'] = 'fine') =>
    fix([madeProcess({ threads: [{ run: 0.98, cpus: '0-11' }], ...given }), ...others], { verdict });
  const limited = { modules: [OPENBLAS], environment: { OPENBLAS_NUM_THREADS: '1' } };

  it('gets a team if a variable has limited its library to one thread', () => {
    const { variables, command } = alone(limited);
    assert.deepEqual(variables, { OPENBLAS_NUM_THREADS: '12' });
    assert.match(command!, /^env -u OPENBLAS_NUM_THREADS governor run --reserve 0 --workers 1 -- /);
  });
  it('gets the CPUs that its workers leave', () => {
    const loaders = madeWorkers(4, () => ({ threads: [{ run: 0.5, cpus: '0-11' }] }));
    assert.deepEqual(alone(limited, loaders).variables, { OPENBLAS_NUM_THREADS: '10' });
  });
  it('gets a line of code if the code has limited it', () => {
    const { levers, variables } = alone({ modules: [OPENBLAS] });
    assert.deepEqual([levers[0]!.kind, variables], ['code', {}]);
  });
  it('gets nothing without such a library, if another one computes, or if no CPU is idle', () => {
    const none = (found: ReturnType<typeof fix>) => assert.deepEqual(found.levers, []);
    none(alone({}));
    none(alone({ environment: { OPENBLAS_NUM_THREADS: '1' } }));
    none(alone({ ...limited, modules: [{ ...OPENBLAS, configured: 8 }], environment: {} }));
    none(
      alone(
        limited,
        madeWorkers(2, () => ({ threads: [{ run: 0.98, cpus: '0-11' }] })),
      ),
    );
    none(alone({ ...limited, threads: [{ run: 0.5, wait: 0.45, cpus: '0-11' }] }, [], 'starved by others'));
    none(alone({ ...limited, threads: [{ run: 0.4, cpus: '0-11' }] }));
  });
});

describe('fix: the threads to expect afterwards', () => {
  it("the workers' threads and the parent's", () => assert.equal(fix(pool(4, 6)).expectedThreads, 13));
  it('without those of workers that are too many', () => assert.equal(fix(pool(24, 2)).expectedThreads, 13));
});

describe('fix: the CPUs for the program', () => {
  const cpus = (workers: number, host: Host) => formatCpulist(fix(pool(workers, 2), { host, cpus: [] }).cpus);

  it('exclude the reserve if the workers fit into the rest', () => {
    assert.equal(cpus(11, HOSTS.smt12), '0-10');
  });
  it('include all allowed CPUs if they do not', () => {
    assert.equal(cpus(12, HOSTS.smt12), '0-11');
    assert.equal(cpus(2, HOSTS.twoCpus), '0-1');
  });
  it("are not limited to those that a variable pinned the program to, but to the control group's", () => {
    const pinned = madeHost({ cores: 6, threads: 2, cpuset: '0-3', affinity: '0' });
    assert.equal(formatCpulist(fix(pool(2, 2), { host: pinned, cpus: [] }).cpus), '0');
    const freed = fix(pool(2, 4, { environment: { OMP_PLACES: 'cores' } }), { host: pinned, cpus: [] });
    assert.deepEqual([formatCpulist(freed.cpus), freed.threadsPerWorker], ['0-3', 2]);
  });
  it('include only allowed CPUs, and come with the limit on CPU time', () => {
    assert.equal(cpus(3, HOSTS.cpuset4of12), '0-3');
    assert.deepEqual([fix(pool(4, 4)).quota, fix(pool(1, 4), { host: HOSTS.quota1500m }).quota], [null, 1.5]);
  });
});

describe("fix: the program's own values are replaced", () => {
  it('by removing them before governor reads them', () => {
    const found = fix(pool(11, 5, { environment: { OMP_NUM_THREADS: '5', GOMAXPROCS: '9' } }));
    assert.equal(found.command, 'env -u OMP_NUM_THREADS governor run -- python3 train.py');
    assert.deepEqual(found.variables, { OMP_NUM_THREADS: '1' });
  });
  it('by the value itself if governor sets another one', () => {
    const environment = { JAVA_TOOL_OPTIONS: '-XX:ActiveProcessorCount=24' };
    const process = madeProcess({ threads: Array.from({ length: 24 }, () => busy('JVM')), environment });
    const { command } = fix([process], { host: madeHost({ cores: 24, cpuset: '0-11' }) });
    assert.equal(
      command,
      'env JAVA_TOOL_OPTIONS=-XX:ActiveProcessorCount=12 governor run --workers 1 -- python3 train.py',
    );
  });
  it('so are variables that make a library pin threads', () => {
    const found = fix(pool(11, 5, { environment: { OMP_PROC_BIND: 'true', OMP_PLACES: 'cores' } }));
    assert.deepEqual(found.unset, ['OMP_PROC_BIND', 'OMP_PLACES']);
    assert.equal(found.command, 'env -u OMP_PROC_BIND -u OMP_PLACES governor run -- python3 train.py');
    for (const name of found.unset) assert.equal(found.variables[name], undefined);
  });
});

describe('fix: the command is one line that a shell reads back unchanged', () => {
  const lines = [
    ['python3', '-c', 'import os\nprint("it\'s")'],
    ['./my program', '$(reboot)', ''],
    ['\u001b[31m', ';', '&'],
  ];
  for (const words of lines) {
    it(JSON.stringify(words), () => {
      const command = fix(pool(11, 5), { start: startedBy(words) }).command!;
      assert.doesNotMatch(command, /\p{Cc}/u);
      assert.deepEqual(shellWords(command), ['governor', 'run', '--', ...words]);
    });
  }
});
