import assert from 'node:assert/strict';
import { computeBudget } from '../../../lib/core/budget/budget.js';
import { withChosenCpus } from '../../../lib/core/machine/chosen-cpus.js';
import { allowedCpus } from '../../../lib/core/machine/host.js';
import { madeHost } from '../../helpers/machine/hosts.js';
import { badInputError } from '../../helpers/property.js';

const twelve = madeHost({ cores: 6, threads: 2, cpuset: '0-9' });
const chosen = (text: string | undefined) => withChosenCpus(twelve, { GOVERNOR_CPUS: text });

describe('GOVERNOR_CPUS: selects from the allowed CPUs', () => {
  it('changes nothing if it is unset or empty', () => {
    for (const text of [undefined, '', ' ']) assert.equal(chosen(text), twelve);
  });

  it('is a cpulist: a single number is that CPU', () => {
    assert.deepEqual(allowedCpus(chosen('0-3,8')), [0, 1, 2, 3, 8]);
    assert.deepEqual(allowedCpus(chosen('3')), [3]);
    assert.deepEqual(allowedCpus(chosen(' 0-8:4 ')), [0, 4, 8]);
  });

  it('ignores CPUs that are not allowed, and is reported without them', () => {
    const host = chosen('8-700');
    assert.deepEqual(allowedCpus(host), [8, 9]);
    assert.deepEqual(host.limits.chosen, { value: [8, 9], source: 'GOVERNOR_CPUS' });
    assert.deepEqual(withChosenCpus(host, { GOVERNOR_CPUS: '8-700' }), host, 'twice is once');
  });

  it('is rejected if no CPU is left, or it is not a cpulist', () => {
    assert.throws(
      () => chosen('10-11'),
      badInputError(/^invalid GOVERNOR_CPUS "10-11": expected at least one of the CPUs that are allowed \(0-9\)$/),
    );
    for (const text of ['four', '3-1', '-1', '1,,2', '0x3', '1e9', '99999999'])
      assert.throws(() => chosen(text), badInputError(/^invalid GOVERNOR_CPUS /), text);
  });
});

describe('GOVERNOR_CPUS: the budget', () => {
  const of = (text: string, options = {}) => computeBudget(twelve, options, { GOVERNOR_CPUS: text });

  it('can be the limit that decides', () => {
    const { workers, usable, winner, limits, reserve } = of('0-3');
    assert.deepEqual(
      { workers, usable, winner, reserve: reserve.cpus },
      { workers: 4, usable: 4, winner: 'GOVERNOR_CPUS', reserve: 0 },
    );
    assert.deepEqual(
      limits.map(limit => [limit.name, limit.workers, limit.found]),
      [
        ['online', 12, '12 CPUs online'],
        ['allowed', 10, '10 of 12 allowed'],
        ['GOVERNOR_CPUS', 4, '4 chosen (0-3)'],
      ],
    );
  });

  it('is one limit among others', () => {
    assert.equal(
      computeBudget(
        { ...twelve, limits: { ...twelve.limits, quota: { value: 2, source: 'f' } } },
        {},
        { GOVERNOR_CPUS: '0-3' },
      ).winner,
      'quota',
    );
    assert.equal(of('0-9').winner, 'allowed', 'what decided first');
    assert.equal(of('0-3', { workers: 9 }).workers, 9);
  });

  it('counts cores if cores are requested', () => assert.equal(of('0-1,6-7', { physical: true }).workers, 2));

  it('gives the same for a host that is already restricted', () => {
    const narrowed = withChosenCpus(twelve, { GOVERNOR_CPUS: '0-3' });
    assert.deepEqual(computeBudget(narrowed).limits, of('0-3').limits);
  });
});

describe('advice of batch systems', () => {
  const advice = (environment: Record<string, string>) => computeBudget(twelve, {}, environment).advice;

  it('is reported if it differs from the usable CPUs', () => {
    assert.deepEqual(
      advice({
        SLURM_CPUS_PER_TASK: '4',
        SLURM_CPUS_ON_NODE: '10',
        PBS_NCPUS: '1',
        NSLOTS: '2',
        LSB_DJOB_NUMPROC: '32',
      }),
      [
        { name: 'SLURM_CPUS_PER_TASK', cpus: 4 },
        { name: 'PBS_NCPUS', cpus: 1 },
        { name: 'NSLOTS', cpus: 2 },
        { name: 'LSB_DJOB_NUMPROC', cpus: 32 },
      ],
    );
  });
  it('is not obeyed', () => assert.equal(computeBudget(twelve, {}, { SLURM_CPUS_PER_TASK: '4' }).workers, 10));
  it('is ignored if it is not a number', () =>
    assert.deepEqual(advice({ NSLOTS: '0', PBS_NCPUS: 'four', SLURM_CPUS_ON_NODE: '', LSB_DJOB_NUMPROC: '-2' }), []));
  it('is compared with the CPUs that GOVERNOR_CPUS and the quota leave', () => {
    assert.deepEqual(advice({ GOVERNOR_CPUS: '0-3', NSLOTS: '4' }), []);
    const quota = { ...twelve, limits: { ...twelve.limits, quota: { value: 2.5, source: 'f' } } };
    assert.deepEqual(computeBudget(quota, {}, { NSLOTS: '2' }).advice, []);
  });
});
