// What governor, its keeper and its warden take while the program that they have started sleeps.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';

const SECONDS = Number(process.env.GOVERNOR_BENCH_IDLE ?? 60);
/** Seconds after the start from which on it counts: ranks have been verified by then. */
const SETTLED = 4;
const NAMES = ['governor', 'keeper', 'warden'];

/** @param words governor's command line up to the program's own */
export async function idle([command, ...words], name) {
  const supervisor = spawn(command, [...words, '--', 'sleep', '1000'], { stdio: 'ignore' });
  try {
    await pause(SETTLED * 1000);
    const keeper = childOf(supervisor.pid);
    const pids = [supervisor.pid, keeper, childOf(keeper)];
    const begin = pids.map(spent);
    await pause(SECONDS * 1000);
    const tell = (pid, i) => {
      const { milliseconds, wakes } = spent(pid);
      const cpu = milliseconds - begin[i].milliseconds;
      return `${cpu.toFixed(1)} ms on a CPU (${(cpu / SECONDS / 10).toFixed(3)} %), ${wakes - begin[i].wakes} wakes, ${memoryOf(pid)}`;
    };
    return [`${name}, asleep for ${SECONDS} s`, ...pids.map((pid, i) => `  ${NAMES[i]}: ${tell(pid, i)}`)].join('\n');
  } finally {
    supervisor.kill('SIGTERM');
    supervisor.kill('SIGTERM');
    await once(supervisor, 'exit');
  }
}

function childOf(pid) {
  return Number(readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim());
}

/** Time on a CPU of all threads, and how often one of them was put on a CPU. */
function spent(pid) {
  const threads = readdirSync(`/proc/${pid}/task`).map(tid =>
    readFileSync(`/proc/${pid}/task/${tid}/schedstat`, 'utf8').split(' ').map(Number),
  );
  return {
    milliseconds: threads.reduce((sum, [nanoseconds]) => sum + nanoseconds / 1e6, 0),
    wakes: threads.reduce((sum, [, , slices]) => sum + slices, 0),
  };
}

function memoryOf(pid) {
  const rollup = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
  const of = pattern => [...rollup.matchAll(pattern)].reduce((sum, [, kilobytes]) => sum + Number(kilobytes), 0) / 1024;
  return `RSS ${of(/^Rss: +(\d+) kB$/gm).toFixed(1)} MB, PSS ${of(/^Pss: +(\d+) kB$/gm).toFixed(1)} MB, private ${of(/^Private_\w+: +(\d+) kB$/gm).toFixed(1)} MB`;
}
