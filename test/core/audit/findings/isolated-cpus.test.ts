import assert from 'node:assert/strict';
import { isolatedCpus } from '../../../../lib/core/audit/findings/isolated-cpus.js';
import { madeAudit, madeProcess, madeWorkers, type MadeThread } from '../../../helpers/audit/audited.js';
import { madeHost } from '../../../helpers/machine/hosts.js';

const HOST = madeHost({ cores: 8, isolated: '4-7' });
const thirds = (told: MadeThread): MadeThread => ({ run: 0.33, wait: 0.66, ...told });
const workers = (each: (i: number) => MadeThread, host = HOST) =>
  isolatedCpus({ ...madeAudit(madeProcess(), ...madeWorkers(3, i => ({ threads: [each(i)] }))), host });

describe('finding: threads share an isolated CPU', () => {
  it('workers that may use several, and get a CPU each by governor pin', () => {
    const [finding, ...more] = workers(() => thirds({ cpus: '4-7', lastCpu: 4 }));
    assert.equal(
      finding!.text,
      '3 threads of python3 (pids 1000, 1100, 1200) share CPU 4, and CPUs 5-7 are idle: ' +
        'the kernel moves no thread to or from an isolated CPU.',
    );
    assert.match(finding!.evidence, /^isolated: CPUs 4-7 \(.*isolated\); the threads may use CPUs 4-7$/);
    assert.match(finding!.fix, /^governor pin 100 {2}# .*; or use CPUs that are not isolated: 0-3$/);
    assert.deepEqual(more, []);
  });
  it('threads of one process, which get a CPU each by taskset', () => {
    const threads = [0, 1].map(() => thirds({ cpus: '4-5', lastCpu: 4 }));
    const [finding] = isolatedCpus({ ...madeAudit(madeProcess({ threads })), host: HOST });
    assert.match(finding!.fix, /^taskset -pc 4 100; taskset -pc 5 101 {2}# /);
  });
  it('workers on the CPUs that are not isolated, while the isolated ones are idle', () => {
    const narrow = madeHost({ cores: 4, isolated: '2-3' });
    const [finding] = workers(i => ({ run: 0.66, wait: 0.34, cpus: '0-3', lastCpu: i % 2 }), narrow);
    assert.match(finding!.text, /^3 threads .* share CPUs 0-1, and CPUs 2-3 are idle/);
  });
});

describe('no finding: isolated CPUs cost nothing', () => {
  it('each worker is pinned to its own', () =>
    assert.deepEqual(
      workers(i => ({ run: 1, cpus: `${4 + i}`, lastCpu: 4 + i })),
      [],
    ));
  it('each happens to be on its own', () =>
    assert.deepEqual(
      workers(i => ({ run: 1, cpus: '4-7', lastCpu: 4 + i })),
      [],
    ));
  it('they may use none of them', () =>
    assert.deepEqual(
      workers(() => thirds({ cpus: '0-3', lastCpu: 0 })),
      [],
    ));
  it('they sleep', () =>
    assert.deepEqual(
      workers(() => ({ cpus: '4-7', lastCpu: 4 })),
      [],
    ));
  it('the machine has none (nohz_full is no isolation)', () =>
    assert.deepEqual(
      workers(() => thirds({ cpus: '4-7', lastCpu: 4 }), madeHost({ cores: 8 })),
      [],
    ));
});
