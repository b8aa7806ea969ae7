import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pin, type PinResult } from '../../lib/index.js';
import { eventually } from '../helpers/processes/eventually.js';
import { affinitiesByTaskset, onlyCpu, PROGRAMS, temporaryDirectory, TWO_CPUS } from '../helpers/processes/governed.js';
import { badInputError } from '../helpers/property.js';
import { started } from '../helpers/processes/printing.js';
import { PYTHON } from '../helpers/shared.js';

const [FIRST] = TWO_CPUS as [number];

/** Starts 300 threads that stay, as fast as it can, after its first line of input. */
const THREAD_STORM = `
import sys, threading
print("ready", flush=True)
sys.stdin.readline()
for i in range(300):
    threading.Thread(target=threading.Event().wait, daemon=True).start()
    if i == 20: print("on its way", flush=True)
print("done", flush=True)
sys.stdin.read()
`;

/** Forks 30 workers that stay, as fast as it can, after its first line of input. */
const WORKER_STORM = `
import os, signal, sys
print("ready", flush=True)
sys.stdin.readline()
for i in range(30):
    if os.fork() == 0: signal.pause()
    if i == 2: print("on its way", flush=True)
print("done", flush=True)
sys.stdin.read()
`;

describe('pin of a program that starts threads or processes meanwhile', () => {
  /** Pins a program while it starts threads or processes, and waits until it has started all. */
  const pinnedInStorm = async (program: string): Promise<{ pid: number; result: PinResult }> => {
    const { child, pid } = await started(['taskset', '-c', TWO_CPUS.join(), PYTHON, '-c', program]);
    process.env['XDG_RUNTIME_DIR'] = temporaryDirectory();
    let told = '';
    child.stdout!.on('data', text => (told += String(text)));
    child.stdin!.write('\n');
    await eventually(() => told.includes('on its way'));
    const result = await pin(pid, { reserve: 1 });
    await eventually(() => told.includes('done'));
    assert.equal(result.settled, true);
    return { pid, result };
  };

  it('pins all 301 threads', async () => {
    const { pid } = await pinnedInStorm(THREAD_STORM);
    assert.equal(affinitiesByTaskset(pid).length, 301);
    assert.equal(onlyCpu(pid), FIRST);
  });

  it('pins every worker that started before its end', async () => {
    const { pid, result } = await pinnedInStorm(WORKER_STORM);
    assert.ok(result.workers >= 3);
    for (const worker of result.processes.slice(1)) assert.equal(onlyCpu(worker.pid), FIRST);
    const { workers, processes } = await pin(pid, { reserve: 1 });
    assert.equal(workers, 30);
    for (const worker of processes.slice(1)) assert.equal(onlyCpu(worker.pid), FIRST);
  });
});

describe('pin rejects', () => {
  it('places together with restore', async () => {
    await assert.rejects(
      pin(process.pid, { restore: true, workers: 2 }),
      badInputError(/^invalid workers 2: expected either restore or places$/),
    );
  });
  it('if it was aborted before it began, and changes nothing', async () => {
    await assert.rejects(pin(process.pid, { signal: AbortSignal.abort(), workers: 2 }), { name: 'AbortError' });
    assert.deepEqual([...new Set(affinitiesByTaskset(process.pid).map(String))], [String(TWO_CPUS)]);
  });
  it('the id of a thread, with that of its process in the error', async () => {
    const { line } = await started([
      PYTHON,
      '-c',
      'import threading; thread = threading.Thread(target=threading.Event().wait); thread.start(); ' +
        'print(thread.native_id, flush=True)',
    ]);
    await assert.rejects(pin(Number(line)), {
      code: 'NO_SUCH_PROCESS',
      message: `pid ${line} (python3) has ended, or is a thread: pin its process`,
    });
  });
  it('a zombie, a kernel thread, and a pid that no process has', async () => {
    const { line } = await started([PYTHON, join(PROGRAMS, 'zombie.py')]);
    await assert.rejects(pin(Number(line)), { code: 'NO_SUCH_PROCESS', message: /is a zombie/ });
    const largest = Number(readFileSync('/proc/sys/kernel/pid_max', 'utf8'));
    await assert.rejects(pin(largest), { code: 'NO_SUCH_PROCESS', message: /there is no such process/ });
    const kernel = execFileSync('ps', ['-eo', 'pid,comm'], { encoding: 'utf8' })
      .split('\n')
      .find(row => row.endsWith(' kthreadd'));
    if (kernel)
      await assert.rejects(pin(parseInt(kernel, 10)), {
        code: 'NO_SUCH_PROCESS',
        message: /is a kernel thread/,
      });
  });
});
