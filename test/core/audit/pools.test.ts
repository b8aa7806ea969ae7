import assert from 'node:assert/strict';
import { mainThreadsOf, poolsOf } from '../../../lib/core/audit/pools.js';
import { aProcess, aThread, owner } from '../../helpers/audit/audits.js';

const OPENBLAS = '/usr/lib/libopenblas.so.0';

/** A worker with its main thread and OpenBLAS threads. */
function worker(pid: number, threads: number, configured: number | null = null) {
  return aProcess({
    pid,
    ppid: 100,
    role: 'worker',
    modules: [{ path: OPENBLAS, library: 'OpenBLAS', configured }],
    threads: [
      aThread({ tid: pid, owner: owner('main') }),
      ...Array.from({ length: threads }, (_, i) =>
        aThread({ tid: pid + 1000 + i, owner: owner('OpenBLAS', OPENBLAS), run: 0.5, wait: 0.25 }),
      ),
    ],
  });
}

describe('pools: threads by owner, N × M', () => {
  it('11 workers × 5 OpenBLAS threads are 55, with the calling thread', () => {
    const [pool, ...rest] = poolsOf([aProcess(), ...Array.from({ length: 11 }, (_, i) => worker(101 + i, 4, 5))]);
    assert.deepEqual(rest, []);
    assert.deepEqual(
      [
        pool!.library,
        pool!.role,
        pool!.processes,
        pool!.started,
        pool!.threadsPerProcess,
        pool!.threads,
        pool!.configured,
      ],
      ['OpenBLAS', 'worker', 11, 4, 5, 55, 5],
    );
    assert.deepEqual([pool!.run, pool!.wait, pool!.parent, pool!.computes], [22, 11, 100, true]);
  });
  it('for workers that differ, reports the maximum and counts all threads', () => {
    const [pool] = poolsOf([worker(101, 1), worker(102, 3)]);
    assert.deepEqual([pool!.threadsPerProcess, pool!.threads], [4, 6]);
  });
  it('workers behind wrappers of their own are one pool of the parent beyond', () => {
    const pools = poolsOf([101, 102].map(pid => ({ ...worker(pid, 1), ppid: pid + 100, pool: 100 })));
    assert.deepEqual(
      pools.map(pool => [pool.parent, pool.processes, pool.threads]),
      [[100, 2, 4]],
    );
  });
  it('a pool that is configured and not started', () => {
    const [pool] = poolsOf([worker(101, 0, 24)]);
    assert.deepEqual([pool!.started, pool!.threadsPerProcess, pool!.threads, pool!.configured], [0, 0, 0, 24]);
    assert.deepEqual(poolsOf([worker(101, 0, 1)]), []);
  });
  it('two copies of a library in one process are two pools', () => {
    const process = aProcess({
      threads: ['/a/libopenblas.so', '/b/libopenblas.so'].map((path, i) =>
        aThread({ tid: 7 + i, owner: owner('OpenBLAS', path) }),
      ),
    });
    assert.deepEqual(
      poolsOf([process]).map(pool => pool.module),
      ['/a/libopenblas.so', '/b/libopenblas.so'],
    );
  });
  it('threads that serve a runtime do not compute', () => {
    const process = aProcess({
      threads: [
        aThread({ owner: owner('V8 platform', '/usr/bin/node') }),
        aThread({ owner: owner('libuv pool', '/usr/bin/node') }),
      ],
    });
    assert.deepEqual(
      poolsOf([process]).map(pool => [pool.library, pool.computes, pool.threadsPerProcess]),
      [
        ['V8 platform', false, 1],
        ['libuv pool', true, 1],
      ],
    );
  });
  it('main threads are not a pool', () => assert.deepEqual(poolsOf([aProcess()]), []));
  it('but are counted by the same groups if they want CPUs', () => {
    const busy = (pid: number, run: number) =>
      aProcess({
        pid,
        ppid: 100,
        role: 'worker',
        threads: [aThread({ tid: pid, owner: owner('main'), run, wait: 0.5 })],
      });
    const [found, ...others] = mainThreadsOf([aProcess(), busy(101, 0.5), busy(102, 0.25)]);
    assert.deepEqual(others, []);
    assert.deepEqual(
      [found!.library, found!.role, found!.parent, found!.processes, found!.threads, found!.run, found!.wait],
      ['main', 'worker', 100, 2, 2, 0.75, 1],
    );
  });
});
