import assert from 'node:assert/strict';
import { identity, processTree } from '../../../lib/core/processes/process-tree.js';

const process = (pid: number, ppid: number, state = 'S') => ({ pid, ppid, state });
const pids = (list: ReturnType<typeof process>[], root: number) => processTree(list, root).map(found => found.pid);

describe('process tree: a process and all its descendants', () => {
  it('the root first, parents before children, nobody else', () => {
    assert.deepEqual(
      pids([process(1, 0), process(12, 11), process(10, 1), process(11, 10), process(13, 10), process(20, 1)], 10),
      [10, 11, 13, 12],
    );
  });
  it('children with a lower pid than their parent, as after the pids have wrapped', () => {
    assert.deepEqual(pids([process(3, 30000), process(30000, 1), process(2, 3)], 30000), [30000, 3, 2]);
  });
  it('without zombies, and without what is below of them', () => {
    assert.deepEqual(
      pids([process(10, 1), process(11, 10, 'Z'), process(12, 10, 'X'), process(13, 11), process(14, 10, 'R')], 10),
      [10, 14],
    );
  });
  it('a root that is a zombie is told', () => assert.deepEqual(pids([process(10, 1, 'Z')], 10), [10]));
  it('nothing where the root has ended', () => assert.deepEqual(pids([process(1, 0), process(11, 10)], 10), []));
  it('ends even where a list that was read while pids changed goes in a circle', () => {
    assert.deepEqual(pids([process(10, 12), process(11, 10), process(12, 11), process(0, 0)], 10), [10, 11, 12]);
    assert.deepEqual(pids([process(0, 0), process(1, 0)], 0), [0, 1]);
  });
});

describe('identity: pid and start time', () => {
  it('differ where a pid is given again', () => {
    assert.equal(identity({ pid: 10, startTime: 777 }), '10@777');
    assert.notEqual(identity({ pid: 10, startTime: 777 }), identity({ pid: 10, startTime: 778 }));
  });
});
