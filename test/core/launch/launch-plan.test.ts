import assert from 'node:assert/strict';
import { formatCpulist } from '../../../lib/core/cpuset.js';
import type { Host } from '../../../lib/core/machine/host.js';
import { planUnclaimed, type LaunchPlanOptions } from '../../../lib/core/launch/launch-plan.js';
import { HOSTS, madeHost } from '../../helpers/machine/hosts.js';
import { badInputError } from '../../helpers/property.js';

const plan = (
  host: Host,
  options: LaunchPlanOptions = {},
  environment: Record<string, string> = {},
  nodes: number[] = [],
) => planUnclaimed(host, options, environment, { address: '127.0.0.1', port: 4321 }, nodes);
const lists = (host: Host, options: LaunchPlanOptions = {}) =>
  plan(host, options)
    .ranks.map(rank => formatCpulist(rank.place))
    .join(' ');

describe('the plan of a launch: places', () => {
  it('12 ranks on 6 cores of 2 CPUs get a CPU each, one per core first', () => {
    const made = plan(HOSTS.smt12, { workers: 12 });
    assert.deepEqual(
      made.ranks.map(rank => rank.place.length),
      Array(12).fill(1),
    );
    assert.deepEqual(
      made.ranks.flatMap(rank => rank.place).sort((a, b) => a - b),
      [...Array(12).keys()],
    );
    assert.equal(new Set(made.ranks.slice(0, 6).map(rank => HOSTS.smt12.cpus[rank.place[0]!]!.core)).size, 6);
    assert.equal(made.shared, false);
  });
  it('64 ranks on 64 CPUs of 2 NUMA nodes get a CPU each, with the memory of its node', () => {
    const made = plan(HOSTS.numa64, { workers: 64 }, {}, [0, 1]);
    assert.equal(new Set(made.ranks.flatMap(rank => rank.place)).size, 64);
    for (const { place, memoryNode } of made.ranks) assert.equal(memoryNode, HOSTS.numa64.cpus[place[0]!]!.numa);
    assert.equal(made.shared, false);
  });
  it('a rank has no memory policy on a machine of one node, or if its place is on both nodes', () => {
    assert.deepEqual(
      plan(HOSTS.smt12, { workers: 2 }).ranks.map(rank => rank.memoryNode),
      [null, null],
    );
    assert.deepEqual(
      plan(HOSTS.numa64, { workers: 1, threadsPerWorker: 64 }, {}, [0, 1]).ranks.map(rank => rank.memoryNode),
      [null],
    );
  });
  it('without -n there is a rank for each CPU but the reserve', () => {
    assert.equal(plan(HOSTS.smt12).ranks.length, 11);
    assert.equal(plan(HOSTS.smt12, { threadsPerWorker: 2 }).ranks.length, 5);
  });
  it('-n uses as much of the reserve as it needs', () => {
    assert.equal(plan(HOSTS.smt12, { workers: 12 }).budget.reserve.cpus, 0);
    assert.equal(plan(HOSTS.smt12, { workers: 6, threadsPerWorker: 2 }).budget.reserve.cpus, 0);
    assert.equal(plan(HOSTS.smt12, { workers: 11 }).budget.reserve.cpus, 1);
    assert.equal(plan(HOSTS.smt12, { workers: 4, threadsPerWorker: 2 }).budget.reserve.cpus, 1);
  });
  it('ranks share CPUs before they use a reserve that the user set', () => {
    const made = plan(HOSTS.twoCpus, { workers: 2, reserve: 1 });
    assert.equal(made.shared, true);
    assert.equal(new Set(made.ranks.flatMap(rank => rank.place)).size, 1);
  });
  it('more ranks than CPUs share them, and the plan says so', () => {
    const made = plan(HOSTS.twoCpus, { workers: 4 });
    assert.equal(made.ranks.length, 4);
    assert.equal(made.shared, true);
  });
  it('a policy orders the places', () => {
    const host = madeHost({ packages: 2, cores: 4, threads: 2, siblings: 'adjacent' });
    assert.equal(lists(host, { workers: 2, threadsPerWorker: 2, policy: 'close' }), '0-1 2-3');
    assert.equal(lists(host, { workers: 2, threadsPerWorker: 2, policy: 'numa' }), '0,2 4,6');
    assert.equal(lists(host, { workers: 2, threadsPerWorker: 1, policy: 'physical' }), '0 2');
  });
  it('places have only CPUs that are online and allowed', () => {
    assert.equal(lists(madeHost({ cores: 4, offline: '1', affinity: '1-3' }), { workers: 2 }), '2 3');
  });
  it('refuses impossible numbers', () => {
    assert.throws(() => plan(HOSTS.twoCpus, { workers: 0 }), badInputError(/workers/));
    assert.throws(() => plan(HOSTS.twoCpus, { workers: 1, threadsPerWorker: -1 }), badInputError(/threadsPerWorker/));
  });
});

describe('the plan of a launch: variables', () => {
  it('size the process pools of a rank by its own threads: N ranks never start N processes each', () => {
    const { variables } = plan(HOSTS.smt12, { workers: 4, threadsPerWorker: 2 }).ranks[0]!;
    const names = ['PYTHON_CPU_COUNT', 'LOKY_MAX_CPU_COUNT', 'MC_CORES', 'OMP_NUM_THREADS'];
    assert.deepEqual(
      names.map(name => variables[name]),
      ['2', '2', '2', '2'],
    );
  });
  it('are those of torchrun, for one process group on this machine', () => {
    const { ranks } = plan(HOSTS.twoCpus, { workers: 2 });
    const names = [
      'RANK',
      'LOCAL_RANK',
      'WORLD_SIZE',
      'LOCAL_WORLD_SIZE',
      'MASTER_ADDR',
      'MASTER_PORT',
      'GOVERNOR_CPUS',
    ];
    assert.deepEqual(
      names.map(name => ranks[1]!.variables[name]),
      ['1', '1', '2', '2', '127.0.0.1', '4321', '1'],
    );
    assert.deepEqual(
      names.map(name => ranks[0]!.variables[name]),
      ['0', '0', '2', '2', '127.0.0.1', '4321', '0'],
    );
  });
  it('include the place as GOVERNOR_CPUS, a cpulist', () => {
    assert.deepEqual(
      plan(HOSTS.smt12, { workers: 2, threadsPerWorker: 2, policy: 'close' }).ranks.map(
        rank => rank.variables['GOVERNOR_CPUS'],
      ),
      ['0,6', '1,7'],
    );
  });
  it('include none of the rendezvous if there is none', () => {
    const { variables } = planUnclaimed(HOSTS.twoCpus, { workers: 1 }, {}, null, []).ranks[0]!;
    assert.deepEqual(
      Object.keys(variables).filter(name => name.startsWith('MASTER')),
      [],
    );
  });
  it('set the threads of the budget; a value of the user stays, and is reported', () => {
    const made = plan(
      HOSTS.smt12,
      { workers: 3, threadsPerWorker: 4 },
      { OMP_NUM_THREADS: '5', OMP_PROC_BIND: 'close' },
    );
    assert.equal(made.ranks[0]!.variables['OPENBLAS_NUM_THREADS'], '4');
    assert.equal(made.ranks[0]!.variables['OMP_NUM_THREADS'], undefined);
    assert.deepEqual(made.kept, [{ name: 'OMP_NUM_THREADS', value: '5', instead: '4' }]);
    assert.deepEqual(made.pinning, [{ name: 'OMP_PROC_BIND', value: 'close' }]);
  });
  it("include the program's own variables", () => {
    const { ranks } = plan(HOSTS.smt12, { workers: 3, exports: [{ name: 'POOL', value: 'workers' }] });
    assert.deepEqual(
      ranks.map(rank => rank.variables['POOL']),
      ['3', '3', '3'],
    );
  });
});
