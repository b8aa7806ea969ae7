import assert from 'node:assert/strict';
import type { AuditedPool, AuditFinding } from '../../../lib/core/audit/audited.js';
import { verdictWith } from '../../../lib/core/audit/verdict-with-findings.js';
import { judge, tooMuch, type JudgedThread } from '../../../lib/core/audit/verdict.js';
import { madeHost } from '../../helpers/machine/hosts.js';

const HOST = madeHost({ cores: 4 });
const finding = (id: AuditFinding['id'], severity: AuditFinding['severity'] = 'costs'): AuditFinding => ({
  id,
  severity,
  text: 'x.',
  evidence: 'x',
  fix: 'x',
  pids: [1],
});
const threads = (count: number, run: number, wait: number, affinity = [0, 1, 2, 3]): JudgedThread[] =>
  Array.from({ length: count }, () => ({ affinity, run, wait, sliceMs: 3 }));
const verdict = (list: JudgedThread[], ...findings: AuditFinding[]) =>
  verdictWith(judge(list, null, null), findings, [], HOST);

describe('verdict: by what the findings show', () => {
  const onOneCpu = [...threads(2, 0.5, 0.5, [0]), ...threads(1, 0, 0)];
  it('threads that share a CPU while others are idle are stacked', () => {
    assert.equal(verdict(onOneCpu, finding('workers-on-one-cpu')), 'stacked');
    assert.equal(verdict(threads(2, 0.5, 0.5, [0]), finding('workers-on-one-cpu')), 'stacked');
    assert.equal(verdict(threads(4, 0.25, 0.75), finding('isolated-cpus')), 'stacked');
    assert.ok(tooMuch('stacked'));
  });
  it('a pinned thread that waits for nobody is fine, although the finding says what it could use', () =>
    assert.equal(verdict(threads(1, 1, 0, [0]), finding('main-thread-pinned')), 'fine'));
  it('more threads than all CPUs are over-subscribed, stacked or not', () =>
    assert.equal(verdict(threads(8, 0.5, 0.5), finding('workers-on-one-cpu')), 'over-subscribed'));
  it('a team that is too large is over-subscribed, although it waits so much that it wants few CPUs', () => {
    assert.equal(verdict(threads(5, 0.33, 0.14), finding('team-larger-than-cpus')), 'over-subscribed');
    assert.equal(verdict(threads(5, 0.33, 0.14)), 'starved by others');
  });
  it('a team that others disturb is starved by them', () =>
    assert.equal(verdict(threads(4, 0.9, 0.1), finding('team-waits-for-others')), 'starved by others'));
  it("libuv's pool may have one thread more than CPUs, which waits for the main thread; others may not", () => {
    const list = threads(3, 0.6, 0.3, [0, 1]);
    const withPool = (library: string, count: number) =>
      verdictWith(judge(list, null, null), [], [{ library, threads: count, run: 1.8, wait: 0.9 } as AuditedPool], HOST);
    assert.equal(withPool('libuv pool', 3), 'fine');
    assert.equal(withPool('libuv pool', 4), 'over-subscribed');
    assert.equal(withPool('OpenBLAS', 3), 'over-subscribed');
  });
  it('remarks change nothing, nor does any finding about a program that sleeps', () => {
    assert.equal(verdict(threads(4, 1, 0), finding('workers-on-one-cpu', 'remark')), 'fine');
    assert.equal(verdict(threads(4, 0, 0), finding('isolated-cpus')), 'idle');
  });
});
