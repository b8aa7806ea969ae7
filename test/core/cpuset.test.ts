import assert from 'node:assert/strict';
import fc from 'fast-check';
import { cpuset, equal, formatCpulist, intersect, parseCpulist, subtract, union } from '../../lib/core/cpuset.js';
import { badInputError, holds } from '../helpers/property.js';

const anyCpus = fc.uniqueArray(fc.integer({ min: 0, max: 2 ** 20 - 1 }), { maxLength: 40 }).map(cpuset);
const closeCpus = fc.uniqueArray(fc.integer({ min: 0, max: 70 }), { minLength: 1, maxLength: 70 }).map(cpuset);

describe('cpuset: parses cpulists as taskset and the kernel write them', () => {
  const lists: [string, number[]][] = [
    ['0', [0]],
    ['0-3,8', [0, 1, 2, 3, 8]],
    ['0-10:2', [0, 2, 4, 6, 8, 10]],
    ['0-9:4', [0, 4, 8]],
    ['3-3', [3]],
    ['5-6:100', [5]],
    ['8,0-1', [0, 1, 8]],
    ['1,1,0-2', [0, 1, 2]],
    [' 0-1, 4\n', [0, 1, 4]],
    ['007', [7]],
    ['1048575', [2 ** 20 - 1]],
  ];
  for (const [text, cpus] of lists) it(JSON.stringify(text), () => assert.deepEqual(parseCpulist(text), cpus));
  for (const text of [
    '',
    ' ',
    ',',
    '0,',
    '3-1',
    '-1',
    '0-',
    '0-3:0',
    '0:2',
    '1.5',
    'a',
    '0x3',
    '1048576',
    '0-99999999',
    '0 1',
    '0--1',
  ]) {
    it(`rejects ${JSON.stringify(text)}`, () => {
      assert.throws(
        () => parseCpulist(text, '--cpus'),
        badInputError(/^invalid --cpus ".*": expected CPUs such as 0-3,8$/),
      );
    });
  }
});

describe('cpuset: writes the shortest cpulist', () => {
  const lists: [number[], string][] = [
    [[], ''],
    [[5], '5'],
    [[0, 1], '0-1'],
    [[0, 1, 2, 8], '0-2,8'],
    [[0, 2, 4], '0,2,4'],
    [[63, 64, 1024], '63-64,1024'],
  ];
  for (const [cpus, text] of lists) it(text || 'the empty set', () => assert.equal(formatCpulist(cpus), text));

  it('and parses what it wrote, for sets of any width', () => {
    const readsBack = (cpus: readonly number[]) =>
      assert.deepEqual(cpus.length === 0 ? [] : parseCpulist(formatCpulist(cpus)), cpus);
    holds([anyCpus], readsBack);
    holds([closeCpus], readsBack);
  });
});

describe('cpuset: a set is ascending, and contains each CPU once', () => {
  it('whatever it is made of', () => {
    assert.deepEqual(cpuset([8, 1, 10, 1, 2]), [1, 2, 8, 10]);
    assert.deepEqual(union([[3, 4], [], [0, 3]]), [0, 3, 4]);
  });
  it('intersect and subtract split it in two', () => {
    holds([closeCpus, closeCpus], (a, b) => {
      const [both, rest] = [intersect(a, b), subtract(a, b)];
      assert.deepEqual(cpuset([...both, ...rest]), a);
      assert.ok(both.every(cpu => b.includes(cpu)) && !rest.some(cpu => b.includes(cpu)));
      assert.ok(equal(both, intersect(b, a)));
      assert.ok(equal(union([a, b]), cpuset([...rest, ...b])));
    });
  });
  it('equal sets have the same CPUs', () => {
    assert.ok(equal([], []) && equal([0, 2], [0, 2]));
    assert.ok(!equal([0], [0, 2]) && !equal([0, 1], [0, 2]));
  });
});
