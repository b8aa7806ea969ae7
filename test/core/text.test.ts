import assert from 'node:assert/strict';
import { count, cpuWords, joinAnd, listed, plural } from '../../lib/core/text.js';

describe('text: plurals and lists', () => {
  it('counts with the word in its form', () => {
    assert.deepEqual(
      [0, 1, 2].map(number => count(number, 'rank')),
      ['0 ranks', '1 rank', '2 ranks'],
    );
    assert.equal(count(2, 'process', 'processes'), '2 processes');
  });
  it('rounds a number to two decimals', () =>
    assert.deepEqual([count(1.004, 'CPU'), count(1.5, 'CPU')], ['1 CPU', '1.5 CPUs']));
  it('gives the word without its number', () => {
    assert.equal(plural(1, 'is', 'are'), 'is');
    assert.equal(plural(2, 'thread'), 'threads');
  });
  it('names CPUs by their cpulist', () => {
    assert.equal(cpuWords([3]), 'CPU 3');
    assert.equal(cpuWords([0, 1, 2, 8]), 'CPUs 0-2,8');
  });
  it('joins items with commas and a final "and"', () => {
    assert.deepEqual([[], [0], [0, 2], ['a', 'b', 'c']].map(joinAnd), ['', '0', '0 and 2', 'a, b and c']);
  });
  it('shortens a list only if that saves more than one item', () => {
    assert.equal(listed([1, 2, 3, 4, 5]), '1, 2, 3, 4, 5');
    assert.equal(listed([1, 2, 3, 4, 5, 6]), '1, 2, 3, 4, 2 more');
    assert.equal(listed([1, 2, 3], 1), '1, 2 more');
  });
});
