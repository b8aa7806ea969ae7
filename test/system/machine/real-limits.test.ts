import assert from 'node:assert/strict';
import { accessSync, constants, existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Context } from 'mocha';
import type { Budget, Host } from '../../../lib/index.js';
import { TWO_CPUS } from '../../helpers/processes/governed.js';
import { finished } from '../../helpers/processes/run.js';
import { GOVERNOR } from '../../helpers/shared.js';
import { skip } from '../../helpers/skip.js';

/** Our own group of a controller of version 1 that is mounted where all distributions mount it. */
function ownGroup(test: Context, controller: 'cpu' | 'cpuset'): string {
  const line = readFileSync('/proc/self/cgroup', 'utf8')
    .split('\n')
    .find(one => one.split(':')[1]?.split(',').includes(controller));
  const group = join(`/sys/fs/cgroup/${controller}`, line?.split(':')[2] ?? '');
  try {
    if (line === undefined || !existsSync(join(group, 'cgroup.procs')))
      throw new Error(`${controller} is not mounted as version 1`);
    accessSync(group, constants.W_OK);
  } catch (error) {
    skip(test, `no control group of version 1 can be made here (${(error as Error).message})`);
  }
  return group;
}

describe('real limits of version 1', () => {
  const made: string[] = [];

  afterEach(() => {
    for (const directory of made.splice(0).reverse()) rmdirSync(directory);
  });

  /** Creates groups, one below the other, with these files. */
  function madeGroup(parent: string, ...levels: Record<string, string>[]): string {
    let group = parent;
    for (const [i, files] of levels.entries()) {
      group = join(group, `thread-governor-${process.pid}-${i}`);
      mkdirSync(group);
      made.push(group);
      for (const [name, text] of Object.entries(files)) writeFileSync(join(group, name), text);
    }
    return group;
  }

  it('a quota in the parent, a looser one in the group, and a cpuset: the budget follows them', async function () {
    const [cpu, cpuset] = [ownGroup(this, 'cpu'), ownGroup(this, 'cpuset')];
    const mems = readFileSync(join(cpuset, 'cpuset.mems'), 'utf8').trim();
    const time = madeGroup(
      cpu,
      { 'cpu.cfs_period_us': '100000', 'cpu.cfs_quota_us': '70000' },
      { 'cpu.cfs_period_us': '200000', 'cpu.cfs_quota_us': '130000', 'cpu.shares': '512' },
    );
    const set = madeGroup(cpuset, { 'cpuset.cpus': String(TWO_CPUS[1]), 'cpuset.mems': mems });
    const enter =
      'echo $$ >"$1/cgroup.procs" && echo $$ >"$2/cgroup.procs" && "$0" topology --json && "$0" budget --json && nproc';
    const { status, stdout, stderr } = await finished(['sh', '-c', enter, GOVERNOR, time, set]);
    assert.equal(status, 0, stderr);
    const [topology, rest] = [stdout.slice(0, stdout.indexOf('\n')), stdout.slice(stdout.indexOf('\n') + 1)];
    const { limits, cpus } = JSON.parse(topology) as Host;
    assert.deepEqual(limits.quota, { value: 0.65, source: `${time}/cpu.cfs_quota_us` });
    assert.deepEqual(limits.cpuset, { value: [TWO_CPUS[1]], source: `${set}/cpuset.cpus` });
    assert.deepEqual(limits.weight, { value: 512, usual: 1024, source: `${time}/cpu.shares` });
    assert.deepEqual(
      cpus.filter(one => one.allowed).map(one => one.cpu),
      [TWO_CPUS[1]],
    );
    const budget = JSON.parse(rest.slice(0, rest.lastIndexOf('}') + 1)) as Budget;
    assert.equal(budget.workers, 1);
    assert.match(rest, /\n1\n$/, 'nproc');
  });

  it('a quota in the parent that is tighter than that of the group', async function () {
    const group = madeGroup(ownGroup(this, 'cpu'), { 'cpu.cfs_quota_us': '150000' }, {});
    const { stdout, stderr } = await finished([
      'sh',
      '-c',
      'echo $$ >"$1/cgroup.procs" && exec "$0" topology --json',
      GOVERNOR,
      group,
    ]);
    assert.deepEqual(
      (JSON.parse(stdout) as Host).limits.quota,
      { value: 1.5, source: `${join(group, '..')}/cpu.cfs_quota_us` },
      stderr,
    );
  });
});
