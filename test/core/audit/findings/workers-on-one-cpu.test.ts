import assert from 'node:assert/strict';
import fc from 'fast-check';
import { workersOnOneCpu } from '../../../../lib/core/audit/findings/workers-on-one-cpu.js';
import { governed, madeAudit, madeProcess, madeWorkers } from '../../../helpers/audit/audited.js';
import { madeHost } from '../../../helpers/machine/hosts.js';
import { holds } from '../../../helpers/property.js';

const on = (...lists: string[]) =>
  madeAudit(
    madeProcess(),
    ...madeWorkers(lists.length, i => ({ threads: [{ cpus: lists[i]! }, { cpus: lists[i]! }] })),
  );
const sharedPlaces = (...lists: string[]) => workersOnOneCpu(on(...lists)).map(finding => finding.text);

describe('finding: workers on one CPU', () => {
  it('all on the same, while the rest is left to nobody', () => {
    const [found] = workersOnOneCpu(on('0', '0', '0'));
    assert.equal(found!.text, '3 workers share CPU 0, while no worker may use CPUs 1-7.');
    assert.equal(found!.evidence, 'python3 (pids 1000, 1100, 1200) confined to CPU 0');
    assert.equal(found!.fix, 'governor run -- python3 train.py');
    assert.deepEqual(found!.pids, [1000, 1100, 1200]);
  });
  it('a set of CPUs that is too small for them', () =>
    assert.deepEqual(sharedPlaces('2-3', '2-3', '2-3'), [
      '3 workers share CPUs 2-3, while no worker may use CPUs 0-1,4-7.',
    ]));
  it('two launches of one script, each from CPU 0', () => {
    assert.deepEqual(sharedPlaces('0', '1', '0', '1').length, 2);
  });
  it('with the variable that pins, which is to be unset', () => {
    const environment = { OMP_PROC_BIND: 'close' };
    const seen = madeAudit(
      madeProcess({ environment }),
      ...madeWorkers(2, () => ({ environment, threads: [{ cpus: '0' }] })),
    );
    assert.equal(workersOnOneCpu(seen)[0]!.fix, 'unset OMP_PROC_BIND');
  });
  it('even of a governed program, where most places are left out', () => {
    const seen = on('1', '1', '1', '2');
    const environment = governed();
    assert.equal(
      workersOnOneCpu({ ...seen, processes: seen.processes.map(process => ({ ...process, environment })) }).length,
      1,
    );
  });
});

describe('no finding: workers have CPUs of their own', () => {
  it('one each', () => assert.deepEqual(sharedPlaces('0', '1', '2', '3'), []));
  it('two of two CPUs together', () => assert.deepEqual(sharedPlaces('0-1', '0-1'), []));
  it('all CPUs for all', () => assert.deepEqual(sharedPlaces(...Array.from({ length: 20 }, () => '0-7')), []));
  it('as many on each CPU, none is left out', () => assert.deepEqual(sharedPlaces(...'01234567'.repeat(2)), []));
  it('one worker alone', () => assert.deepEqual(sharedPlaces('0'), []));
  it('a machine of one CPU', () => {
    const seen = madeAudit(
      ...[madeProcess({ threads: [{ cpus: '0' }] }), ...madeWorkers(4, () => ({ threads: [{ cpus: '0' }] }))],
    );
    assert.deepEqual(workersOnOneCpu({ ...seen, host: madeHost({ cores: 1 }) }), []);
  });
  it('a program that is itself confined, which its user may have meant', () => {
    const seen = madeAudit(
      ...[madeProcess({ threads: [{ cpus: '0' }] }), ...madeWorkers(4, () => ({ threads: [{ cpus: '0' }] }))],
    );
    assert.deepEqual(workersOnOneCpu({ ...seen, host: madeHost({ cores: 8, affinity: '0' }) }), []);
  });
  it('a governed program with more workers than places, and a reserve', () => {
    const environment = governed();
    const seen = madeAudit(
      madeProcess({ environment }),
      ...madeWorkers(9, i => ({ environment, threads: [{ cpus: `${1 + (i % 7)}` }] })),
    );
    assert.deepEqual(workersOnOneCpu(seen), []);
  });
  it('processes whose threads are pinned one by one', () => {
    assert.deepEqual(
      workersOnOneCpu(
        madeAudit(madeProcess(), ...madeWorkers(2, () => ({ threads: [{}, { cpus: '0' }, { cpus: '1' }] }))),
      ),
      [],
    );
  });
  it('never with one worker a place; always with one more on a place of one CPU, while another is left out', () => {
    holds([fc.subarray([...'01234567'], { minLength: 1, maxLength: 7 })], places => {
      assert.deepEqual(sharedPlaces(...places), []);
      assert.equal(sharedPlaces(...places, places[0]!).length, 1);
    });
  });
});
