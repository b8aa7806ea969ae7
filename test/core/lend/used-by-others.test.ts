import assert from 'node:assert/strict';
import type { LentCpuRecord } from '../../../lib/core/lend/records.js';
import { usedByOthers } from '../../../lib/core/lend/used-by-others.js';

const OWNERS = [100, 101, 102, 103];

/** Four CPUs with an owner each; what the owners and borrowers have used, in seconds. */
const cpus = (used: Record<number, number>, loans: Record<number, number> = {}): LentCpuRecord[] =>
  OWNERS.map((owner, cpu) => ({
    cpu,
    owner,
    borrower: loans[cpu] ?? 0,
    ours: cpu !== 3,
    others: false,
    ownerUsed: (used[owner] ?? 0) * 1e9,
    borrowerUsed: (used[loans[cpu] ?? 0] ?? 0) * 1e9,
  }));
const others = (used: Record<number, number>, load: number[], loans: Record<number, number> = {}) =>
  usedByOthers(cpus({}, loans), cpus(used, loans), 1, new Map(load.entries()));

describe('CPUs that others use', () => {
  it('are none if owners and borrowers explain how busy the CPUs are', () => {
    assert.deepEqual(others({ 100: 1, 101: 1 }, [1, 1, 0, 0]), []);
    assert.deepEqual(others({ 100: 2 }, [1, 1, 0, 0], { 1: 100 }), []);
  });
  it('are the busy ones of owners that do not compute', () => {
    assert.deepEqual(others({ 100: 1 }, [1, 0, 1, 0]), [2]);
    assert.deepEqual(others({}, [0.9, 0.8, 0, 0]), [0, 1]);
  });
  it('are no more than the use that nothing else explains', () => {
    assert.deepEqual(others({ 100: 1 }, [0.6, 0.7, 0.8, 0]), [2]);
  });
  it('are borrowed ones only after those that nobody has borrowed', () => {
    assert.deepEqual(others({ 100: 1.4 }, [1, 1, 0.5, 0], { 1: 100 }), [2]);
    assert.deepEqual(others({ 100: 1.4 }, [1, 1, 0, 0], { 1: 100 }), [1]);
  });
  it('are never those that another run lends', () => {
    assert.deepEqual(others({}, [0, 0, 0, 1]), []);
  });
});
