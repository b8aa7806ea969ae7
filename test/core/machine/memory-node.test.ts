import assert from 'node:assert/strict';
import { memoryNode } from '../../../lib/core/machine/memory-node.js';
import { HOSTS, madeHost } from '../../helpers/machine/hosts.js';

describe('memory: the NUMA node whose memory a worker should prefer', () => {
  const host = madeHost({ packages: 2, cores: 8 });
  it('is the node that contains its place', () => {
    assert.equal(memoryNode(host, [0, 3], [0, 1]), 0);
    assert.equal(memoryNode(host, [4], [0, 1]), 1);
  });
  it('is null if the place spans two', () => assert.equal(memoryNode(host, [3, 4], [0, 1]), null));
  it('is null if the node has no memory that we may use', () => assert.equal(memoryNode(host, [0], [1, 2]), null));
  it('is null if there is only one node with memory', () => {
    assert.equal(memoryNode(host, [0], [0]), null);
    assert.equal(memoryNode(host, [0], []), null);
  });
  it('is null for a CPU that does not exist, or whose node is unknown', () => {
    assert.equal(memoryNode(host, [99], [0, 1]), null);
    assert.equal(memoryNode({ cpus: HOSTS.twoCpus.cpus.map(cpu => ({ ...cpu, numa: null })) }, [0], [0, 1]), null);
  });
});
