// What does governor run cost while it follows a program's processes, and how soon is a new worker pinned? docs/bench.md
import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const here = fileURLToPath(new URL('.', import.meta.url));
const governor = join(here, '../../bin/governor.js');
/** What has to run for this bench, and the Debian package of each. */
export const TOOLS = { gcc: ['cc', '--version'] };
const SIZES = (process.env.GOVERNOR_BENCH_PROCESSES ?? '10,100,1000').split(',').map(Number);
const IDLE_SECONDS = Number(process.env.GOVERNOR_BENCH_IDLE ?? 10);
/** The run has said by then what it measured of its workers. */
const SETTLED_SECONDS = 5;

export async function bench(rounds) {
  const directory = mkdtempSync(join(tmpdir(), 'governor-bench-'));
  try {
    const program = join(directory, 'workers');
    execFileSync('cc', ['-O1', '-o', program, join(here, 'workers.c')]);
    for (const size of SIZES) console.log(await followed(program, size, rounds));
  } finally {
    rmSync(directory, { recursive: true });
  }
  return 0;
}

async function followed(program, size, rounds) {
  const run = spawn(process.execPath, [governor, 'run', '-q', '--share', '--', program, String(size)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const lines = createInterface({ input: run.stdout })[Symbol.asyncIterator]();
  await lines.next();
  await pause(SETTLED_SECONDS * 1000);
  const before = nanosecondsOf(run.pid);
  await pause(IDLE_SECONDS * 1000);
  const share = (nanosecondsOf(run.pid) - before) / 1e9 / IDLE_SECONDS;
  const waits = [];
  for (let i = 0; i < rounds; i++) {
    run.stdin.write('\n');
    waits.push(Number((await lines.next()).value));
    await pause(Math.random() * 100); // so that the looks are met at any moment
  }
  run.stdin.end();
  waits.sort((a, b) => a - b);
  const at = quantile => waits[Math.min(waits.length - 1, Math.floor(waits.length * quantile))].toFixed(0);
  return `${size} sleeping processes: ${(share * 100).toFixed(2)} % of a CPU; a new worker is pinned after ${at(0.5)} ms of work (median), ${at(0.9)} (p90), ${at(1)} (most)`;
}

/** CPU time of all threads. */
function nanosecondsOf(pid) {
  return readdirSync(`/proc/${pid}/task`).reduce(
    (sum, tid) => sum + Number(readFileSync(`/proc/${pid}/task/${tid}/schedstat`, 'utf8').split(' ')[0]),
    0,
  );
}
