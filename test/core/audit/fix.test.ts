import assert from 'node:assert/strict';
import { formatCpulist } from '../../../lib/core/cpuset.js';
import { fixFor } from '../../../lib/core/audit/fix.js';
import type { Host } from '../../../lib/core/machine/host.js';
import { HOSTS, madeHost } from '../../helpers/machine/hosts.js';
import { shellWords } from '../../helpers/processes/shell.js';

const fix = (workers: number, environment: Record<string, string> = {}, commandLine = ['python3', 'train.py']) =>
  fixFor(HOSTS.smt12, commandLine, workers, environment);

describe('fix: what to set so that a program fits its machine', () => {
  it('no workers: the default budget', () => {
    const { command, workers, threadsPerWorker, unset } = fix(0);
    assert.equal(command, 'governor run -- python3 train.py');
    assert.deepEqual([workers, threadsPerWorker, unset], [11, 1, []]);
  });
  it('few workers: several threads each', () => {
    const { command, variables, threadsPerWorker } = fix(4);
    assert.equal(command, 'governor run --workers 4 -- python3 train.py');
    assert.equal(threadsPerWorker, 2);
    assert.equal(variables.OMP_NUM_THREADS, '2');
  });
  it('many workers: one thread each', () => {
    assert.equal(fix(24).command, 'governor run -- python3 train.py');
    assert.equal(fix(24).variables.OPENBLAS_NUM_THREADS, '1');
  });
  it('sets the variables of the usual libraries, and those that the program was started with', () => {
    const names = Object.keys(fix(4).variables);
    assert.deepEqual(names, [
      'OMP_NUM_THREADS',
      'OMP_DYNAMIC',
      'MKL_NUM_THREADS',
      'MKL_DYNAMIC',
      'OPENBLAS_NUM_THREADS',
      'NUMEXPR_MAX_THREADS',
      'NUMEXPR_NUM_THREADS',
      'NUMBA_NUM_THREADS',
    ]);
    assert.deepEqual(Object.keys(fix(4, { GOMAXPROCS: '99' }).variables), [...names, 'GOMAXPROCS']);
  });
  it('sets those of the libraries that created its threads, if they have any', () => {
    const variables = (...libraries: string[]) => fixFor(HOSTS.smt12, ['train'], 1, {}, { libraries }).variables;
    assert.deepEqual(variables('libgomp', 'main'), { OMP_NUM_THREADS: '11', OMP_DYNAMIC: 'FALSE' });
    assert.deepEqual(variables('polars'), { POLARS_MAX_THREADS: '11' });
    assert.deepEqual(Object.keys(variables('numexpr')), [
      'OMP_NUM_THREADS',
      'OMP_DYNAMIC',
      'NUMEXPR_MAX_THREADS',
      'NUMEXPR_NUM_THREADS',
    ]);
    assert.equal(variables('libuv pool')['UV_THREADPOOL_SIZE'], '11');
  });
});

describe('fix: the threads to expect afterwards', () => {
  it("the workers' threads and the parent's", () => assert.equal(fix(4).expectedThreads, 9));
  it('and as many others as the caller counted', () => {
    assert.equal(fixFor(HOSTS.smt12, ['node', 'pool.js'], 4, {}, { others: 50 }).expectedThreads, 58);
  });
  it('a process without workers: its own threads', () => assert.equal(fix(0).expectedThreads, 1));
});

describe('fix: the CPUs for the program', () => {
  const cpus = (workers: number, host: Host) => formatCpulist(fixFor(host, [], workers, {}).cpus);

  it('exclude the reserve if the workers fit into the rest', () => {
    assert.equal(cpus(4, HOSTS.smt12), '0-10');
    assert.equal(cpus(0, HOSTS.smt12), '0-10');
  });
  it('include all allowed CPUs if they do not', () => {
    assert.equal(cpus(12, HOSTS.smt12), '0-11');
    assert.equal(cpus(2, HOSTS.twoCpus), '0-1');
  });
  it("are not limited to those that a variable pinned the program to, but to the control group's", () => {
    const pinned = madeHost({ cores: 6, threads: 2, cpuset: '0-3', affinity: '0' });
    assert.equal(formatCpulist(fixFor(pinned, [], 2, {}).cpus), '0');
    const { cpus: freed, threadsPerWorker } = fixFor(pinned, [], 2, { OMP_PLACES: 'cores' });
    assert.deepEqual([formatCpulist(freed), threadsPerWorker], ['0-3', 2]);
  });
  it('include only allowed CPUs, and come with the limit on CPU time', () => {
    assert.equal(cpus(3, HOSTS.cpuset4of12), '0-3');
    assert.deepEqual([fix(4).quota, fixFor(HOSTS.quota1500m, [], 1, {}).quota], [null, 1.5]);
  });
});

describe("fix: the program's own values are replaced", () => {
  it('by removing them before governor reads them', () => {
    const found = fix(11, { OMP_NUM_THREADS: '5', MKL_NUM_THREADS: '1', NUMBA_NUM_THREADS: '' });
    assert.equal(found.command, 'env -u OMP_NUM_THREADS governor run -- python3 train.py');
    assert.equal(found.variables.OMP_NUM_THREADS, '1');
  });
  it('so are variables that make a library pin threads', () => {
    const found = fix(11, { OMP_PROC_BIND: 'true', OMP_PLACES: 'cores' });
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
      const { command } = fix(0, {}, words);
      assert.doesNotMatch(command!, /\p{Cc}/u);
      assert.deepEqual(shellWords(command!), ['governor', 'run', '--', ...words]);
    });
  }
});
