import assert from 'node:assert/strict';
import { identity, processTree } from '../../../lib/core/processes/process-tree.js';

const process = (pid: number, ppid: number, state = 'S') => ({ pid, ppid, state });
const pids = (list: ReturnType<typeof process>[], root: number) => processTree(list, root).map(found => found.pid);

describe('process tree: a process and all its descendants', () => {
  it('the root first, parents before children, no other process', () => {
    assert.deepEqual(
      pids([process(1, 0), process(12, 11), process(10, 1), process(11, 10), process(13, 10), process(20, 1)], 10),
      [10, 11, 13, 12],
    );
  });
  it('children with a lower pid than their parent, as after pids wrap around', () => {
    assert.deepEqual(pids([process(3, 30000), process(30000, 1), process(2, 3)], 30000), [30000, 3, 2]);
  });
  it('without zombies and their descendants', () => {
    assert.deepEqual(
      pids([process(10, 1), process(11, 10, 'Z'), process(12, 10, 'X'), process(13, 11), process(14, 10, 'R')], 10),
      [10, 14],
    );
  });
  it('includes a root that is a zombie', () => assert.deepEqual(pids([process(10, 1, 'Z')], 10), [10]));
  it('empty if the root has ended', () => assert.deepEqual(pids([process(1, 0), process(11, 10)], 10), []));
  it('terminates even for a list with a cycle, read while pids changed', () => {
    assert.deepEqual(pids([process(10, 12), process(11, 10), process(12, 11), process(0, 0)], 10), [10, 11, 12]);
    assert.deepEqual(pids([process(0, 0), process(1, 0)], 0), [0, 1]);
  });
});

describe('identity: pid and start time', () => {
  it('differs if a pid is reused', () => {
    assert.equal(identity({ pid: 10, startTime: 777 }), '10@777');
    assert.notEqual(identity({ pid: 10, startTime: 777 }), identity({ pid: 10, startTime: 778 }));
  });
});
