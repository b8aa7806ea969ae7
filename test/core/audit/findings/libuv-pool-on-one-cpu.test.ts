import assert from 'node:assert/strict';
import { libuvPoolOnOneCpu } from '../../../../lib/core/audit/findings/libuv-pool-on-one-cpu.js';
import { madeAudit, madeProcess, type MadeThread } from '../../../helpers/audit/audited.js';

const uv = (cpus: string, count = 4): MadeThread[] =>
  Array.from({ length: count }, () => ({ cpus, owner: 'libuv pool' }));
const found = (...threads: MadeThread[]) => libuvPoolOnOneCpu(madeAudit(madeProcess({ threads })));

describe('finding: the libuv pool is confined', () => {
  it('to the CPU of the pinned worker that used it first', () => {
    const [finding] = found({}, { cpus: '3', owner: 'Node worker' }, ...uv('3'));
    assert.equal(
      finding!.text,
      'The libuv pool of python3 (pid 100) is confined to CPU 3, but the process may use CPUs 0-7.',
    );
    assert.match(finding!.evidence, /^4 pool threads: /);
    assert.match(finding!.fix, /before any worker is pinned/);
  });
  it('to fewer CPUs than the main thread', () => assert.equal(found({}, ...uv('2-3')).length, 1));
  it('while only the main thread has pinned itself', () =>
    assert.equal(found({ cpus: '0' }, { owner: 'V8 platform' }, ...uv('0')).length, 1));
});

describe("no finding: the libuv pool may use the process's CPUs", () => {
  it('a pool on every CPU', () => assert.deepEqual(found({}, { cpus: '3', owner: 'Node worker' }, ...uv('0-7')), []));
  it('a process with all threads on one CPU', () =>
    assert.deepEqual(found({ cpus: '5' }, { cpus: '5', owner: 'V8 platform' }, ...uv('5')), []));
  it('workers that pinned themselves to other CPUs', () =>
    assert.deepEqual(found({ cpus: '0' }, { cpus: '4', owner: 'Node worker' }, ...uv('0')), []));
  it('a pool of one thread', () => assert.deepEqual(found({}, ...uv('0', 1)), []));
  it('a process without a pool', () => assert.deepEqual(found({}, { cpus: '3', owner: 'Node worker' }), []));
});
