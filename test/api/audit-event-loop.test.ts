import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Context } from 'mocha';
import { audit } from '../../lib/index.js';
import { requirePackages } from '../helpers/debian.js';
import { temporaryDirectory } from '../helpers/processes/governed.js';
import { reaped } from '../helpers/processes/reap.js';
import { finished } from '../helpers/processes/run.js';
import { PROJECT } from '../helpers/shared.js';
import { skip } from '../helpers/skip.js';

const THREADS = 10_000;
/** Most milliseconds of CPU time between two turns of the event loop. Wall time would count other programs too. */
const MOST_MS = 50;

/** The pid of a program with `count` threads, most of them asleep. Skips the test if so many cannot start. */
async function withThreads(test: Context, count: number): Promise<number> {
  const program = join(temporaryDirectory(), 'threads');
  requirePackages(test, 'gcc');
  execFileSync('cc', ['-O2', '-pthread', '-o', program, join(PROJECT, 'bench/audit/threads.c')]);
  const child = reaped(spawn(program, [String(count)], { stdio: ['pipe', 'pipe', 'pipe'] }));
  let said = '';
  child.stderr.on('data', (data: Buffer) => (said += data));
  const first = await Promise.race([once(child.stdout, 'data'), once(child, 'close').then(() => null)]);
  return first ? Number(String(first[0])) : skip(test, said.trim());
}

/** CPU time of the main thread, in milliseconds. */
function mainThreadCpuMs(): number {
  return Number(readFileSync(`/proc/self/task/${process.pid}/schedstat`, 'utf8').split(' ')[0]) / 1e6;
}

/** The longest CPU time of the main thread between two turns of the event loop during `work`, in ms, and the turns. */
async function turnsOf(work: () => Promise<unknown>): Promise<{ longest: number; turns: number }> {
  let [last, longest, turns] = [mainThreadCpuMs(), 0, 0];
  const turn = () => {
    const now = mainThreadCpuMs();
    longest = Math.max(longest, now - last);
    last = now;
    turns++;
  };
  const timer = setInterval(turn, 1);
  try {
    await work();
  } finally {
    turn();
    clearInterval(timer);
  }
  return { longest, turns };
}

describe('an audit lets the event loop turn', () => {
  it(`at least every ${MOST_MS} ms with ${THREADS} threads, at its first run and later`, async function () {
    const pid = await withThreads(this, THREADS);
    for (let time = 0; time < 3; time++) {
      const { longest, turns } = await turnsOf(async () => {
        const found = await audit(pid, { window: 0.2 });
        assert.equal(found.threads.all, THREADS);
      });
      assert.ok(longest <= MOST_MS, `audit ${time}: ${longest.toFixed(1)} ms on a CPU in one of ${turns} turns`);
      assert.ok(turns > 10, `${turns} turns`);
    }
  });
});

describe('an audit starts', () => {
  it('threads and one reader, but no program', async function () {
    requirePackages(this, 'strace');
    const code = 'const { audit } = await import(process.argv[1]); await audit(process.ppid, { window: 0.05 })';
    const command = [process.execPath, '--input-type=module', '-e', code, join(PROJECT, 'dist/lib/index.js')];
    const { status, stderr } = await finished(['strace', '-f', '-e', 'trace=process', ...command]);
    assert.equal(status, 0, stderr);
    const started = stderr.split('\n').filter(line => /\b(execve|execveat|fork|vfork|clone|clone3)\(/.test(line));
    const [itself, ...rest] = started;
    assert.match(itself ?? '', /\bexecve\(/);
    assert.ok(
      rest.some(line => line.includes('CLONE_THREAD')),
      stderr,
    );
    const processes = rest.filter(line => !line.includes('CLONE_THREAD'));
    assert.deepEqual(
      processes.map(line => /\b(execve\w*)\(/.exec(line)?.[1] ?? 'fork'),
      ['fork'],
    );
  });
});
