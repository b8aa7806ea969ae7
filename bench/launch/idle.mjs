// What governor, its keeper and its warden cost while the program they started sleeps.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';

const SECONDS = Number(process.env.GOVERNOR_BENCH_IDLE ?? 60);
/** When counting begins, in seconds after the start: ranks have been verified by then. */
const SETTLED_SECONDS = 4;
const NAMES = ['governor', 'keeper', 'warden'];

/** @param words governor's command line up to the program's own */
export async function idle([command, ...words], name) {
  const supervisor = spawn(command, [...words, '--', 'sleep', '1000'], { stdio: 'ignore' });
  try {
    await pause(SETTLED_SECONDS * 1000);
    const keeper = childOf(supervisor.pid);
    const pids = [supervisor.pid, keeper, childOf(keeper)];
    const begin = pids.map(spent);
    await pause(SECONDS * 1000);
    const cost = (pid, i) => {
      const { milliseconds, wakes } = spent(pid);
      const cpu = milliseconds - begin[i].milliseconds;
      const share = (cpu / SECONDS / 10).toFixed(3);
      return `${cpu.toFixed(1)} ms on a CPU (${share} %), ${wakes - begin[i].wakes} wakes, ${memoryOf(pid)}`;
    };
    return [`${name}, asleep for ${SECONDS} s`, ...pids.map((pid, i) => `  ${NAMES[i]}: ${cost(pid, i)}`)].join('\n');
  } finally {
    supervisor.kill('SIGTERM');
    supervisor.kill('SIGTERM');
    await once(supervisor, 'exit');
  }
}

function childOf(pid) {
  return Number(readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim());
}

/** CPU time of all threads, and how often one of them was given a CPU. */
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
  const megabytes = name => {
    const lines = [...rollup.matchAll(new RegExp(`^${name}: +(\\d+) kB$`, 'gm'))];
    return `${(lines.reduce((sum, [, kilobytes]) => sum + Number(kilobytes), 0) / 1024).toFixed(1)} MB`;
  };
  return `RSS ${megabytes('Rss')}, PSS ${megabytes('Pss')}, private ${megabytes('Private_\\w+')}`;
}
