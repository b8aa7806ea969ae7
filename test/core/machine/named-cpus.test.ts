import assert from 'node:assert/strict';
import fc from 'fast-check';
import { formatCpulist } from '../../../lib/core/cpuset.js';
import { namedCpus } from '../../../lib/core/machine/named-cpus.js';
import { holds } from '../../helpers/property.js';

const told = (variable: string, value: string) => formatCpulist(namedCpus(variable, value));

describe('CPUs that variables name', () => {
  it('GOMP_CPU_AFFINITY: numbers, ranges, strides, between spaces or commas', () =>
    assert.equal(told('GOMP_CPU_AFFINITY', ' 0 3  1-2 4-15:2'), '0-4,6,8,10,12,14'));
  it('KMP_AFFINITY: its list', () =>
    assert.equal(told('KMP_AFFINITY', 'granularity=fine,proclist=[3,0,{5,7-8}],explicit'), '0,3,5,7-8'));
  it('OMP_PLACES: CPUs, first:count:stride, and repeated', () => {
    assert.equal(told('OMP_PLACES', '{0,1},{4,5}'), '0-1,4-5');
    assert.equal(told('OMP_PLACES', '{0:4}, {8:2:4}'), '0-3,8,12');
    assert.equal(told('OMP_PLACES', '{0:2}:3:4'), '0-1,4-5,8-9');
  });
  it('GOVERNOR_CPUS: a cpulist', () => assert.equal(told('GOVERNOR_CPUS', '0-3,8'), '0-3,8'));
  it('none if places have names, or the text is malformed', () => {
    for (const value of ['cores', 'threads(4)', '{0,1', '{0}:x', '!{0}', ''])
      assert.equal(told('OMP_PLACES', value), '', value);
    assert.equal(told('KMP_AFFINITY', 'compact,1,0'), '');
    assert.equal(told('GOMP_CPU_AFFINITY', 'all'), '');
    assert.equal(told('OMP_PROC_BIND', '3'), '');
  });
  it('none, at once, if more are named than any machine has', () => {
    assert.equal(told('OMP_PLACES', '{0:999999}:999999:1'), '');
    assert.equal(told('OMP_PLACES', '{}:99999999999999999999'), '');
    assert.equal(told('OMP_PLACES', '{0:0}:99999999999999999999'), '');
    assert.equal(told('OMP_PLACES', `{${'0,'.repeat(50_000)}0}`), '');
  });
  it('no text breaks it', () => {
    const text = fc.oneof(
      fc.string(),
      fc.string({ unit: fc.constantFrom(...'{}:,-0129 []='), maxLength: 40 }),
      fc.string({ unit: fc.constantFrom(...'{}:,01'), maxLength: 12 }),
    );
    holds(
      [fc.constantFrom('OMP_PLACES', 'KMP_AFFINITY', 'GOMP_CPU_AFFINITY', 'GOVERNOR_CPUS'), text],
      (variable, value) => {
        for (const cpu of namedCpus(variable, value)) assert.ok(Number.isSafeInteger(cpu) && cpu >= 0);
      },
    );
  });
});
