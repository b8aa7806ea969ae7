import assert from 'node:assert/strict';
import { memoryNode } from '../../../lib/core/machine/memory-node.js';
import { HOSTS, madeHost } from '../../helpers/machine/hosts.js';

describe('memory: the NUMA node whose memory a worker should prefer', () => {
  const host = madeHost({ packages: 2, cores: 8 });
  it('is the one that its place lies in', () => {
    assert.equal(memoryNode(host, [0, 3], [0, 1]), 0);
    assert.equal(memoryNode(host, [4], [0, 1]), 1);
  });
  it('is none where the place spans two', () => assert.equal(memoryNode(host, [3, 4], [0, 1]), null));
  it('is none where the node has no memory that we may use', () => assert.equal(memoryNode(host, [0], [1, 2]), null));
  it('is none where there is no choice', () => {
    assert.equal(memoryNode(host, [0], [0]), null);
    assert.equal(memoryNode(host, [0], []), null);
  });
  it('is none for a CPU that is not there, or whose node is not told', () => {
    assert.equal(memoryNode(host, [99], [0, 1]), null);
    assert.equal(memoryNode({ cpus: HOSTS.twoCpus.cpus.map(cpu => ({ ...cpu, numa: null })) }, [0], [0, 1]), null);
  });
});
