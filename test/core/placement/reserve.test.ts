import assert from 'node:assert/strict';
import { computeBudget } from '../../../lib/core/budget/budget.js';
import { allowedCpus } from '../../../lib/core/machine/host.js';
import { reservedCpus } from '../../../lib/core/placement/places.js';
import { HOSTS, madeHost } from '../../helpers/machine/hosts.js';
import { DEEP, listed, placed, reservedList, someOptions, somePolicy } from '../../helpers/placed.js';
import { anyHost, holds } from '../../helpers/property.js';

describe('the reserve is taken where it costs least', () => {
  it("the last core's last CPU", () => {
    assert.equal(reservedList(HOSTS.smt12), '11');
    assert.equal(reservedList(DEEP), '31');
    assert.equal(reservedList(madeHost({ cores: 3, threads: 2, siblings: 'adjacent' }), { workers: 1 }), '5');
  });
  it('several CPUs: siblings first for workers with one thread, whole cores for workers with several', () => {
    assert.equal(reservedList(HOSTS.smt12, { reserve: 2 }), '10-11');
    assert.equal(reservedList(HOSTS.smt12, { reserve: 2, threadsPerWorker: 2 }), '5,11');
  });
  it('the least capable kind, then the next', () => {
    assert.equal(reservedList(HOSTS.hybrid), '7');
    assert.equal(reservedList(HOSTS.hybrid, { reserve: 5 }), '3-7');
  });
  it("the CPU that has served at least twice the others' mean of interrupts", () => {
    assert.equal(reservedList(madeHost({ cores: 4, interrupts: [10, 2000, 10, 10] })), '1');
    assert.equal(reservedList(madeHost({ cores: 4, interrupts: [200, 100, 100, 100] })), '0');
    assert.equal(reservedList(madeHost({ cores: 4, interrupts: [199, 100, 100, 100] })), '3');
    assert.equal(reservedList(madeHost({ cores: 4, interrupts: [0, 0, 0, 0] })), '3');
    assert.equal(reservedList(madeHost({ cores: 2, interrupts: [1000, 10] })), '0');
  });
  it('that CPU and then the last ones, if more are kept', () => {
    assert.equal(reservedList(madeHost({ cores: 4, interrupts: [900, 1, 1, 1] }), { reserve: 2 }), '0,3');
  });
  it('not that CPU if it is not allowed, offline, or of a more capable kind', () => {
    assert.equal(
      reservedList(madeHost({ cores: 4, affinity: '1-3', interrupts: [900, 1, 1, 1] }), { reserve: 1 }),
      '3',
    );
    assert.equal(reservedList(madeHost({ cores: 4, offline: '1', interrupts: [1, 900, 1, 1] })), '3');
    assert.equal(reservedList(madeHost({ cores: 2, efficient: 2, interrupts: [900, 1, 1, 1] })), '3');
    assert.equal(reservedList(madeHost({ cores: 2, efficient: 2, interrupts: [1, 1, 900, 1] })), '2');
  });
  it("that CPU's core if cores are counted", () => {
    const host = madeHost({ cores: 3, threads: 2, interrupts: [1, 1, 1, 1, 900, 1] });
    assert.equal(listed(host, { physical: true }), '0 2');
  });
  it('never all CPUs, and workers get none of them', () => {
    holds([anyHost, someOptions, somePolicy], (host, options, policy) => {
      const budget = computeBudget(host, options);
      const reserved = reservedCpus(host, budget);
      const used = new Set(placed(host, { ...options, policy }).flat());
      assert.ok(reserved.length <= budget.reserve.cpus && reserved.length < allowedCpus(host).length);
      assert.ok(reserved.every(cpu => !used.has(cpu) && allowedCpus(host).includes(cpu)));
    });
  });
});
