import assert from 'node:assert/strict';
import type { Host } from '../../../../lib/core/machine/host.js';
import { workerAcrossNumaNodes } from '../../../../lib/core/audit/findings/worker-across-numa-nodes.js';
import { madeAudit, madeProcess, madeWorkers, type MadeThread } from '../../../helpers/audit/audited.js';
import { madeHost } from '../../../helpers/machine/hosts.js';

/** Nodes 0 and 1 with CPUs 0-3 and 4-7. */
const TWO_NODES = madeHost({ packages: 2, cores: 8 });
const found = (threads: MadeThread[], host: Host = TWO_NODES) =>
  workerAcrossNumaNodes({ ...madeAudit(madeProcess(), ...madeWorkers(1, () => ({ threads }))), host });

describe("finding: a worker's place spans NUMA nodes", () => {
  it('although one node has enough CPUs', () => {
    const [finding] = found([{ cpus: '3-4' }]);
    assert.equal(
      finding!.text,
      '1 worker confined to CPUs 3-4, across NUMA nodes 0 and 1, but 2 CPUs of one node would be enough.',
    );
    assert.equal(finding!.evidence, 'python3 (pid 1000)');
    assert.match(finding!.fix, /^taskset -acp 0,1 1000 /);
  });
  it('reported once for workers on the same place', () => {
    const workers = madeWorkers(3, () => ({ threads: [{ cpus: '0,4' }] }));
    assert.deepEqual(
      workerAcrossNumaNodes({ ...madeAudit(madeProcess(), ...workers), host: TWO_NODES }).map(finding => finding.pids),
      [[1000, 1100, 1200]],
    );
  });
});

describe('no finding: a worker is near its memory', () => {
  const fine = (...of: Parameters<typeof found>) => assert.deepEqual(found(...of), []);

  it('a place in one node', () => fine([{ cpus: '4-7' }]));
  it('an unconfined worker', () => fine([{ cpus: '0-7' }]));
  it('a place too large for a node', () => fine([{ cpus: '0-5' }]));
  it('threads pinned one by one, across two nodes', () => fine([{ cpus: '0' }, { cpus: '5' }]));
  it('threads pinned one by one, except the main thread', () => fine([{ cpus: '0-7' }, { cpus: '0' }]));
  it('a machine with one node', () => fine([{ cpus: '3-4' }], madeHost({ cores: 8 })));
  it('a machine with unknown nodes', () =>
    fine([{ cpus: '3-4' }], {
      ...TWO_NODES,
      cpus: TWO_NODES.cpus.map(cpu => ({ ...cpu, numa: null })),
      numaNodes: [],
    }));
  it('a program that its user confined to exactly these CPUs', () =>
    fine([{ cpus: '3-4' }], madeHost({ packages: 2, cores: 8, affinity: '3-4' })));
  it('nodes with too few CPUs in the control group', () =>
    fine([{ cpus: '2-4' }], madeHost({ packages: 2, cores: 8, cpuset: '2-5' })));
});
