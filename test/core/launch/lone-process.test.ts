import assert from 'node:assert/strict';
import { loneProcess, type ProcessUse } from '../../../lib/core/launch/lone-process.js';

const use = (cpus: number, worker = false): Omit<ProcessUse, 'identity' | 'pid'> => ({ cpus, worker });
const found = (uses: ReturnType<typeof use>[], idle: number, cpus: number) =>
  loneProcess(
    uses.map((one, pid) => ({ ...one, pid, identity: `${pid}@1` })),
    idle,
    cpus,
  )?.pid ?? null;

describe('a process that computes by itself', () => {
  it('uses one CPU while the others idle', () => {
    assert.equal(found([use(1)], 11, 12), 0);
    assert.equal(found([use(0.9)], 1, 2), 0);
  });
  it('may stand behind a shell, and may have workers that mostly wait', () => {
    assert.equal(found([use(0), use(0.95)], 11, 12), 1);
    assert.equal(found([use(0.97), use(0.3, true), use(0.3, true)], 10, 12), 0);
  });
  it('is not one that waits itself, or has several threads already', () => {
    assert.equal(found([use(0.5)], 11, 12), null);
    assert.equal(found([use(4)], 8, 12), null);
  });
  it('is not the parent of a pool that works, nor one of its workers', () => {
    assert.equal(found([use(0.9), use(0.9, true)], 10, 12), null);
    assert.equal(found([use(0.1), use(1, true)], 11, 12), null);
  });
  it('is nothing to report if nothing idles: others use the CPUs', () => {
    assert.equal(found([use(1)], 0.2, 2), null);
    assert.equal(found([use(1)], 2, 12), null);
  });
  it('is not in an empty tree', () => assert.equal(found([], 12, 12), null));
});
