import assert from 'node:assert/strict';
import type { Audited, ConfinedProcess } from '../../../../lib/core/audit/findings.js';
import { launchesShareCpus } from '../../../../lib/core/audit/findings/launches-share-cpus.js';
import { madeAudit, madeProcess, madeWorkers } from '../../../helpers/audit/audited.js';
import { madeHost } from '../../../helpers/machine/hosts.js';

const stranger = (cpu: number, more: Partial<ConfinedProcess> = {}): ConfinedProcess => ({
  pid: 9000 + cpu,
  command: 'xhpl',
  affinity: [cpu],
  run: 0.5,
  ...more,
});
const ranks = (strangers: ConfinedProcess[], more: Partial<Audited> = {}): Audited => ({
  ...madeAudit(madeProcess(), ...madeWorkers(2, i => ({ threads: [{ cpus: `${i}`, run: 0.5, wait: 0.5 }] }))),
  strangers,
  ...more,
});

describe('finding: two launches on the same CPUs', () => {
  it('that both start at CPU 0', () => {
    const [found] = launchesShareCpus(ranks([stranger(0), stranger(1)]));
    assert.equal(found!.text, '2 workers and 2 processes of another program are confined to the same CPUs 0-1.');
    assert.equal(found!.evidence, 'on the same CPUs: xhpl (pid 9000, CPU 0), xhpl (pid 9001, CPU 1)');
    assert.equal(found!.fix, 'GOVERNOR_CPUS=2-7 governor run -- python3 train.py');
    assert.deepEqual(found!.pids, [1000, 1100]);
  });
  it('that overlap partly', () =>
    assert.deepEqual(
      launchesShareCpus(ranks([stranger(1), stranger(2)])).map(({ text, pids }) => [text, pids]),
      [['1 worker and 1 process of another program are confined to the same CPU 1.', [1100]]],
    ));
  it('a stranger that uses more CPUs than it has to itself', () =>
    assert.equal(launchesShareCpus(ranks([stranger(0, { affinity: [0, 1, 2], run: 2.5 })])).length, 1));
  it('that get little CPU time each, because other programs run there too', () => {
    const workers = madeWorkers(2, i => ({ threads: [{ cpus: `${i}`, run: 0.03, wait: 0.97 }] }));
    assert.equal(
      launchesShareCpus({ ...ranks([stranger(0, { run: 0.03 })]), processes: [madeProcess(), ...workers] }).length,
      1,
    );
  });
  it('without a free CPU: run them one after the other', () => {
    const all = Array.from({ length: 8 }, (_, cpu) => stranger(cpu));
    assert.match(launchesShareCpus(ranks(all))[0]!.fix, /^run the two programs one after the other/);
  });
});

describe('no finding: nobody interferes', () => {
  const fine = (seen: Audited) => assert.deepEqual(launchesShareCpus(seen), []);

  it('no stranger', () => fine(ranks([])));
  it('strangers confined to other CPUs', () => fine(ranks([stranger(2), stranger(7)])));
  it('a stranger that sleeps', () => fine(ranks([stranger(0, { run: 0.01 })])));
  it('a stranger that also has other CPUs', () => fine(ranks([stranger(0, { affinity: [0, 1, 2, 3], run: 1 })])));
  it('workers that are not confined', () =>
    fine({
      ...ranks([stranger(0)]),
      processes: [madeProcess(), ...madeWorkers(2, () => ({ threads: [{ run: 1 }] }))],
    }));
  it('workers that sleep', () =>
    fine({
      ...ranks([stranger(0)]),
      processes: [madeProcess(), ...madeWorkers(2, i => ({ threads: [{ cpus: `${i}` }] }))],
    }));
  it('a container with two CPUs, in which every process is confined to them', () => {
    const processes = [
      madeProcess({ threads: [{ cpus: '0-1' }] }),
      ...madeWorkers(2, () => ({ threads: [{ cpus: '0-1', run: 1 }] })),
    ];
    fine({
      ...ranks([stranger(0, { affinity: [0, 1], run: 2 })]),
      processes,
      host: madeHost({ cores: 8, cpuset: '0-1' }),
    });
  });
});
