import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { BroadcastChannel } from 'node:worker_threads';
import { parseCpulist, type Cpuset } from '../../lib/core/cpuset.js';
import { claims, type GovernorError, pinWorkers } from '../../lib/index.js';
import { affinitiesByTaskset, OBSERVERS, PROGRAMS, TWO_CPUS } from '../helpers/processes/governed.js';

interface Told {
  affinity: string;
  omp: string;
  argv: string[];
  workerData: unknown;
}

const SCRIPT = join(OBSERVERS, 'tell_affinity.mjs');
const PLACES: Cpuset[] = TWO_CPUS.map(cpu => [cpu]);

function threadByTaskset(tid: number): Cpuset {
  const text = execFileSync('taskset', ['-cp', String(tid)], { encoding: 'utf8' });
  return parseCpulist(text.slice(text.lastIndexOf(':') + 1));
}

describe('pinWorkers with worker threads', () => {
  it("pins each to its place before the user's code runs, as taskset and /proc show", async () => {
    const pool = await pinWorkers(SCRIPT, { places: PLACES, argv: ['an argument'], workerData: { x: 1 } });
    try {
      const told = (await Promise.all(pool.workers.map(({ worker }) => once(worker, 'message')))).map(
        ([message]) => message as Told,
      );
      assert.deepEqual(
        told.map(({ affinity }) => parseCpulist(affinity)),
        PLACES,
      );
      assert.deepEqual(
        pool.workers.map(({ tid }) => threadByTaskset(tid)),
        PLACES,
      );
      assert.deepEqual(
        pool.workers.map(({ place }) => place),
        PLACES,
      );
      assert.deepEqual(
        told.map(({ omp, argv, workerData }) => ({ omp, argv, workerData })),
        PLACES.map(() => ({ omp: '1', argv: ['an argument'], workerData: { x: 1 } })),
      );
    } finally {
      await pool.close();
    }
  });

  it('does not pin other threads of the process: main, libuv, V8', async () => {
    const before = affinitiesByTaskset(process.pid)[0]!;
    const pool = await pinWorkers(SCRIPT, { places: PLACES });
    try {
      await Promise.all(pool.workers.map(({ worker }) => once(worker, 'message')));
      const pinned = new Set(pool.workers.map(({ tid }) => tid));
      const others = readdirSync('/proc/self/task')
        .map(Number)
        .filter(tid => !pinned.has(tid));
      for (const tid of others) assert.deepEqual(threadByTaskset(tid), before, `thread ${tid}`);
    } finally {
      await pool.close();
    }
  });

  it('lets workers start their own workers, which inherit the place', async () => {
    const pool = await pinWorkers(join(PROGRAMS, 'nested_worker.mjs'), { places: PLACES });
    const told = await Promise.all(pool.workers.map(({ worker }) => once(worker, 'message')));
    assert.deepEqual(
      told.map(([message]) => parseCpulist((message as Told).affinity)),
      PLACES,
    );
    assert.deepEqual(
      told.map(([message]) => (message as { execArgv: string[] }).execArgv),
      PLACES.map(() => process.execArgv),
    );
    await pool.close();
  });

  it('starts as many as the budget says, and ends them when it is closed', async () => {
    const pool = await pinWorkers(SCRIPT);
    assert.equal(pool.workers.length, pool.budget.workers);
    const exits = pool.workers.map(({ worker }) => once(worker, 'exit'));
    await pool.close();
    await Promise.all(exits);
  });
});

describe('pinWorkers with processes', () => {
  it('pins all threads of each to its place, and none of the caller', async () => {
    const before = affinitiesByTaskset(process.pid);
    const pool = await pinWorkers(SCRIPT, { kind: 'process', places: PLACES, argv: ['an argument'] });
    try {
      const told = (await Promise.all(pool.workers.map(worker => once(worker.process, 'message')))).map(
        ([message]) => message as Told,
      );
      assert.deepEqual(
        told.map(({ affinity }) => parseCpulist(affinity)),
        PLACES,
      );
      assert.deepEqual(
        told.map(({ argv, omp }) => [...argv, omp]),
        PLACES.map(() => ['an argument', '1']),
      );
      for (const worker of pool.workers) {
        const threads = affinitiesByTaskset(worker.pid);
        assert.ok(threads.length > 4);
        assert.ok(threads.every(affinity => affinity.join() === worker.place.join()));
      }
      assert.deepEqual(affinitiesByTaskset(process.pid)[0], before[0]);
    } finally {
      await pool.close();
    }
    assert.ok(pool.workers.every(worker => worker.process.signalCode === 'SIGTERM'));
  });
});

describe('pinWorkers rejects', () => {
  const absent = 1000;
  for (const kind of ['thread', 'process'] as const) {
    const start = (places: Cpuset[]) =>
      kind === 'thread' ? pinWorkers(SCRIPT, { places }) : pinWorkers(SCRIPT, { kind, places });

    it(`${kind}: if the kernel narrows a place, with both CPU sets in the error and nothing left running`, async () => {
      const children = childPids();
      await assert.rejects(start([TWO_CPUS.slice(0, 1), [TWO_CPUS[1]!, absent]]), (error: GovernorError) => {
        assert.equal(error.code, 'PIN_NOT_HELD');
        assert.match(
          error.message,
          new RegExp(`pin to CPUs ${TWO_CPUS[1]},${absent}: the kernel gave ${TWO_CPUS[1]};`),
        );
        return true;
      });
      assert.deepEqual(childPids(), children);
      assert.deepEqual(affinitiesByTaskset(process.pid)[0], affinitiesByTaskset(process.ppid)[0]);
    });

    it(`${kind}: a place without any CPU of this machine`, async () => {
      await assert.rejects(start([[absent]]), { code: 'PIN_NOT_HELD', message: /none of them is online and allowed/ });
    });
  }

  it("with the signal's reason if a worker never gets to its script", async () => {
    const controller = new AbortController();
    const channel = new BroadcastChannel('never ready');
    channel.onmessage = () => controller.abort(new Error('no longer wanted'));
    const execArgv = ['--require', join(OBSERVERS, 'never_ready.cjs')];
    const options = { places: PLACES, execArgv, signal: controller.signal };
    await assert.rejects(pinWorkers(SCRIPT, options), /no longer wanted/);
    channel.close();
    assert.deepEqual(await claims(), []);
  });
  it('with the error of a worker whose script fails at its start', async () => {
    const pool = await pinWorkers(join(PROGRAMS, 'throw.mjs'), { places: PLACES.slice(0, 1) });
    const [error] = (await once(pool.workers[0]!.worker, 'error')) as [Error];
    assert.equal(error.message, 'the script is broken');
    await pool.close();
  });

  it('bad options, before it starts anything', async () => {
    await assert.rejects(pinWorkers(SCRIPT, { workers: 0 }), {
      code: 'BAD_INPUT',
      message: 'invalid workers 0: expected an integer from 1 to 65536',
    });
    await assert.rejects(pinWorkers(SCRIPT, { workers: 2, places: PLACES.slice(0, 1) }), { code: 'BAD_INPUT' });
    await assert.rejects(pinWorkers(SCRIPT, { places: [[1, 0]] }), { code: 'BAD_INPUT' });
    await assert.rejects(pinWorkers(SCRIPT, { near: 'disk' as 'gpu' }), {
      code: 'BAD_INPUT',
      message: 'invalid near "disk": expected \'gpu\'',
    });
    await assert.rejects(pinWorkers(SCRIPT, { kind: 'fiber' as 'thread' }), { code: 'BAD_INPUT' });
  });
});

function childPids(): string[] {
  return execFileSync('ps', ['-o', 'pid=,args=', '--ppid', String(process.pid)], { encoding: 'utf8' })
    .trim()
    .split('\n')
    .filter(line => !/ps -o/.test(line));
}
