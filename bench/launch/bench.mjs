// What does a launch cost? From its start until all ranks of a program that ends at once have ended, against a shell's loop
// with taskset, hwloc-bind or numactl, mpirun and torchrun; exec against taskset; what the supervisor takes while the
// ranks run. docs/bench.md
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { medians, program, table } from '../measure.mjs';

const governor = join(fileURLToPath(new URL('../..', import.meta.url)), 'bin/governor.js');
const SIZES = (process.env.GOVERNOR_BENCH_RANKS ?? '1,12,64').split(',').map(Number);
const IDLE_SECONDS = Number(process.env.GOVERNOR_BENCH_IDLE ?? 10);
const TICKS = 100;
/** What has to run for this bench, and the Debian package of each. */
const TOOLS = { hwloc: ['hwloc-bind', '--version'], numactl: ['numactl', '--show'], 'openmpi-bin': ['mpirun', '--version'], 'util-linux': ['taskset', '--version'] };

export async function bench(rounds) {
  const missing = Object.entries(TOOLS).filter(([, [command, ...rest]]) => spawnSync(command, rest, { stdio: 'ignore' }).status !== 0);
  if (missing.length > 0) {
    console.error(`bench launch: on Debian: apt-get install ${missing.map(([name]) => name).join(' ')}`);
    return 2;
  }
  console.log(`${rounds} rounds, contestants in turn; ratio: to the shell's loop with taskset\n`);
  for (const ranks of SIZES) await told(`${ranks} rank${ranks === 1 ? '' : 's'} of /bin/true`, launchers(ranks), rounds);
  await told('one program', [
    program('taskset -c 0 true', ['taskset', '-c', '0', 'true']),
    program('node -e 0', [process.execPath, '-e', '0']),
    program('governor exec --cpus 0 -- true', [governor, 'exec', '--cpus', '0', '--', 'true']),
  ], rounds);
  for (const ranks of SIZES) console.log(await idle(ranks));
  return 0;
}

async function told(title, contestants, rounds) {
  console.log(table(title, contestants, await medians(contestants, rounds)));
}

function launchers(ranks) {
  const loop = binder => ['sh', '-c', `i=0; while [ $i -lt ${ranks} ]; do ${binder} true & i=$((i+1)); done; wait`];
  const cpu = `$((i % ${availableParallelism()}))`;
  return [
    program('sh loop with taskset', loop(`taskset -c ${cpu}`)),
    program('sh loop with hwloc-bind', loop(`hwloc-bind pu:${cpu} --`)),
    program('sh loop with numactl', loop(`numactl --physcpubind=${cpu}`)),
    program('node -e 0', [process.execPath, '-e', '0']),
    program('governor launch', ['sh', '-c', `exec ${governor} launch -n ${ranks} --share -q -- true 2>/dev/null`]),
    program('mpirun', ['mpirun', '--allow-run-as-root', '--oversubscribe', '--bind-to', 'none', '-n', String(ranks), 'true']),
    ...(ranks > 12 ? [] : [program('torchrun', ['sh', '-c', `exec torchrun -r 9:1 -t 9:1 --standalone --nproc_per_node ${ranks} --no_python true 2>/dev/null`])]),  // seconds for each rank
  ];
}

/** CPU time and memory of the launch, its warden and the warden's keeper while ranks sleep; the verification two seconds after the start is not counted. */
async function idle(ranks) {
  const launch = spawn(governor, ['launch', '-n', String(ranks), '--share', '--no-prefix', '--', 'sleep', '1000'], { stdio: ['ignore', 'ignore', 'pipe'] });
  try {
    let said = '';
    for await (const piece of launch.stderr) {
      said += piece;
      if (/every thread is in|not as planned/.test(said)) break;
    }
    const keepers = childrenOf(launch.pid);
    const own = [launch.pid, ...keepers, ...keepers.flatMap(childrenOf)];
    const before = ticksOf(own);
    await pause(IDLE_SECONDS * 1000);
    const spent = (ticksOf(own) - before) / TICKS / IDLE_SECONDS;
    const memory = own.map(pid => `${(residentOf(pid) / 1024).toFixed(0)} MB`).join(' + ');
    return `${ranks} sleeping ranks: governor, keeper and warden take ${(spent * 100).toFixed(2)} % of a CPU, and ${memory} of memory, their parts of what they share included`;
  } finally {
    launch.kill('SIGTERM');
    launch.kill('SIGTERM');
    await once(launch, 'exit');
  }
}

function childrenOf(pid) {
  return readdirSync('/proc').filter(name => /^\d+$/.test(name)).filter(name => {
    try {
      return Number(readFileSync(`/proc/${name}/stat`, 'utf8').replace(/^.*\) . /s, '').split(' ')[0]) === pid;
    } catch {
      return false;
    }
  }).map(Number);
}

function ticksOf(pids) {
  return pids.reduce((sum, pid) => {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/^.*\) /s, '').split(' ');
    return sum + Number(fields[11]) + Number(fields[12]);
  }, 0);
}

/** KiB that nobody else has. */
function residentOf(pid) {
  return Number(/^Pss: +(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))[1]);
}
