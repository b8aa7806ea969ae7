// What the audited program notices: how long its loop takes to go round, alone and while it is looked at without a pause.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { createInterface } from 'node:readline';
import { native } from '../../dist/lib/system/native.js';
import { medians, table } from '../measure.mjs';

const WATCHERS = {
  nothing: 'a busy program beside it',
  census: 'processes and samples',
  owners: 'with owners',
  audit: 'audit() after audit()',
};

/** The loop has a CPU of its own where there are two, so that what it notices is not the want of one. */
export async function disturbance(kind, latency, rounds) {
  const [own, other] = twoCpus();
  const loop = spawn('taskset', ['-c', own, latency, kind, '1'], { stdio: ['pipe', 'pipe', 'inherit'] });
  const watchers = [];
  try {
    const answers = createInterface({ input: loop.stdout })[Symbol.asyncIterator]();
    for (const [mode, name] of Object.entries(WATCHERS))
      watchers.push({ name, child: await watching(mode, loop.pid, other) });
    const contestants = [{ name: 'alone', child: null }, ...watchers].map(({ name, child }) => ({
      name,
      async round() {
        child?.kill('SIGCONT');
        loop.stdin.write('\n');
        const { value } = await answers.next();
        child?.kill('SIGSTOP');
        const [p50, p99] = value.split(' ').map(figure => Number(figure) / 1000);
        return { p50, p99 };
      },
      async end() {},
    }));
    return table(`disturbance: a loop of ${kind}`, contestants, await medians(contestants, rounds), [
      ['p50 µs', 'p50'],
      ['p99 µs', 'p99'],
    ]);
  } finally {
    const children = [loop, ...watchers.map(({ child }) => child)];
    const ended = children.map(child => once(child, 'exit'));
    for (const child of children) child.kill('SIGKILL');
    await Promise.all(ended);
  }
}

/** A program that looks at that pid: stopped until its turn comes. */
async function watching(mode, pid, cpu) {
  const program = fileURLToPath(new URL('watch.mjs', import.meta.url));
  const child = spawn('taskset', ['-c', cpu, process.execPath, program, mode, String(pid)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await Promise.race([
    once(child.stdout, 'data'),
    once(child, 'exit').then(() => {
      throw new Error(`${mode} ended`);
    }),
  ]);
  child.kill('SIGSTOP');
  return child;
}

/** Two CPUs that we may use; the same one twice where there is no other. */
function twoCpus() {
  const [first, second = first] = native.getAffinity(0);
  return [String(first), String(second)];
}
