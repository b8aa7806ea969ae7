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
  it('all on the same CPU, while no worker may use the rest', () => {
    const [found] = workersOnOneCpu(on('0', '0', '0'));
    assert.equal(found!.text, '3 workers share CPU 0, but no worker may use CPUs 1-7.');
    assert.equal(found!.evidence, 'python3 (pids 1000, 1100, 1200) confined to CPU 0');
    assert.equal(found!.fix, 'governor run -- python3 train.py');
    assert.deepEqual(found!.pids, [1000, 1100, 1200]);
  });
  it('a set of CPUs that is too small for the workers', () =>
    assert.deepEqual(sharedPlaces('2-3', '2-3', '2-3'), [
      '3 workers share CPUs 2-3, but no worker may use CPUs 0-1,4-7.',
    ]));
  it('two launches of one script, both from CPU 0', () => {
    assert.deepEqual(sharedPlaces('0', '1', '0', '1').length, 2);
  });
  it('with the pinning variable, which the fix unsets', () => {
    const environment = { OMP_PROC_BIND: 'close' };
    const seen = madeAudit(
      madeProcess({ environment }),
      ...madeWorkers(2, () => ({ environment, threads: [{ cpus: '0' }] })),
    );
    assert.equal(workersOnOneCpu(seen)[0]!.fix, 'unset OMP_PROC_BIND');
  });
  it('even in a governed program, if most places are unused', () => {
    const seen = on('1', '1', '1', '2');
    const environment = governed();
    assert.equal(
      workersOnOneCpu({ ...seen, processes: seen.processes.map(process => ({ ...process, environment })) }).length,
      1,
    );
  });
});

describe('no finding: workers have their own CPUs', () => {
  it('one CPU each', () => assert.deepEqual(sharedPlaces('0', '1', '2', '3'), []));
  it('two workers that share two CPUs', () => assert.deepEqual(sharedPlaces('0-1', '0-1'), []));
  it('all workers on all CPUs', () => assert.deepEqual(sharedPlaces(...Array.from({ length: 20 }, () => '0-7')), []));
  it('equally many workers on every CPU', () => assert.deepEqual(sharedPlaces(...'01234567'.repeat(2)), []));
  it('a single worker', () => assert.deepEqual(sharedPlaces('0'), []));
  it('a machine with one CPU', () => {
    const seen = madeAudit(
      ...[madeProcess({ threads: [{ cpus: '0' }] }), ...madeWorkers(4, () => ({ threads: [{ cpus: '0' }] }))],
    );
    assert.deepEqual(workersOnOneCpu({ ...seen, host: madeHost({ cores: 1 }) }), []);
  });
  it('a program that is itself confined, perhaps on purpose', () => {
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
  it('processes with threads pinned one by one', () => {
    assert.deepEqual(
      workersOnOneCpu(
        madeAudit(madeProcess(), ...madeWorkers(2, () => ({ threads: [{}, { cpus: '0' }, { cpus: '1' }] }))),
      ),
      [],
    );
  });
  it('never with one worker per place; always with two on a one-CPU place while another CPU is unused', () => {
    holds([fc.subarray([...'01234567'], { minLength: 1, maxLength: 7 })], places => {
      assert.deepEqual(sharedPlaces(...places), []);
      assert.equal(sharedPlaces(...places, places[0]!).length, 1);
    });
  });
});
