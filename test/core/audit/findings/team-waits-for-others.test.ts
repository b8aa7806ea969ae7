import assert from 'node:assert/strict';
import { teamWaitsForOthers } from '../../../../lib/core/audit/findings/team-waits-for-others.js';
import { madeAudit, madeProcess, madeWorkers, type MadeThread } from '../../../helpers/audit/audited.js';
import { madeHost } from '../../../helpers/machine/hosts.js';

const TWO_CPUS = madeHost({ cores: 2 });
const two = (run: number, wait: number): MadeThread[] => [
  { run, wait, cpus: '0-1' },
  { run, wait, cpus: '0-1', owner: 'libgomp' },
];
const busy = { pid: 7, command: 'zip', affinity: [1], run: 0.9 };
const found = (threads: MadeThread[], host = TWO_CPUS) =>
  teamWaitsForOthers({ ...madeAudit(madeProcess({ threads })), host, strangers: [busy] });

describe('finding: a team waits for the thread whose CPU another program uses', () => {
  it('two threads on two CPUs, and a program on one of them', () => {
    const [finding] = found(two(0.48, 0.5));
    assert.match(finding!.text, /^Another program uses CPUs of libgomp's 2 threads in python3 \(pid 100\): at the end/);
    assert.equal(
      finding!.evidence,
      'on CPUs 0-1: ran on 1.0 CPUs, waited for 1.0; confined to some of them: zip (pid 7)',
    );
    assert.equal(finding!.fix, 'export OMP_NUM_THREADS=1  # or keep the other program off these CPUs');
  });
  it('eight threads on eight CPUs, which take turns on the CPU of another program: the fix leaves out one CPU', () => {
    const threads = Array.from({ length: 8 }, (_, i) => ({ run: 0.9, wait: 0.1, owner: i > 0 ? 'OpenBLAS' : 'main' }));
    const [finding] = found(threads, madeHost({ cores: 8 }));
    assert.match(finding!.fix, /^export OPENBLAS_NUM_THREADS=7 /);
  });
});

describe('no finding: a team is not disturbed by others', () => {
  it('it hardly waits', () => assert.deepEqual(found(two(0.92, 0.08)), []));
  it('it is itself too large', () => assert.deepEqual(found([...two(0.6, 0.4), ...two(0.6, 0.4).slice(1)]), []));
  it('other processes of the program use its CPUs', () => {
    const workers = madeWorkers(2, () => ({ threads: two(0.5, 0.5) }));
    assert.deepEqual(teamWaitsForOthers({ ...madeAudit(madeProcess(), ...workers), host: TWO_CPUS }), []);
  });
  it('a quota stops it', () => assert.deepEqual(found(two(0.5, 0.5), madeHost({ cores: 2, quota: 1 })), []));
});
