// What does a launch cost? From its start until the first instruction of its last rank, and until all have ended, against
// a shell's loop with taskset, hwloc-bind or numactl, mpirun and torchrun; exec against taskset; what the supervisor
// takes while the program runs. docs/bench.md
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { medians, table } from '../measure.mjs';
import { idle } from './idle.mjs';

const governor = join(fileURLToPath(new URL('../..', import.meta.url)), 'bin/governor.js');
const SIZES = (process.env.GOVERNOR_BENCH_RANKS ?? '1,12,64').split(',').map(Number);
/** On a busy machine the least times say more than the medians. */
const COLUMNS = [
  ['first: ms', 'first'],
  ['least', 'least first'],
  ['ended: ms', 'ended'],
  ['least', 'least ended'],
];
/** For mpirun, which may wait for ever where 64 ranks end at once, and torchrun, which takes seconds. */
const MOST_RANKS = 12;
/** What has to run for this bench, and the Debian package of each. */
export const TOOLS = {
  gcc: ['cc', '--version'],
  hwloc: ['hwloc-bind', '--version'],
  numactl: ['numactl', '--show'],
  'openmpi-bin': ['mpirun', '--version'],
  'util-linux': ['taskset', '--version'],
};

export async function bench(rounds) {
  const directory = mkdtempSync(join(tmpdir(), 'governor-bench-'));
  try {
    const rank = new Rank(directory);
    console.log(`${rounds} rounds, contestants in turn; ratio: to node -e 0 and then taskset\n`);
    for (const ranks of SIZES) await told(`${ranks} rank${ranks === 1 ? '' : 's'}`, launchers(rank, ranks), rounds);
    await told(
      'one program',
      [
        rank.started('node -e 0; taskset', ['sh', '-c', `node -e 0; taskset -c 0 ${rank}`]),
        rank.started('taskset', ['taskset', '-c', '0', ...rank.command]),
        rank.started('governor exec --cpus 0', [governor, 'exec', '--cpus', '0', '--', ...rank.command]),
        rank.started('governor run', [governor, 'run', '-q', '--share', '--', ...rank.command]),
      ],
      rounds,
    );
  } finally {
    rmSync(directory, { recursive: true });
  }
  for (const ranks of SIZES)
    console.log(await idle([governor, 'launch', '-n', String(ranks), '--share', '--no-prefix'], `launch of ${ranks}`));
  console.log(await idle([governor, 'run', '--share'], 'run'));
  return 0;
}

async function told(title, contestants, rounds) {
  console.log(table(title, contestants, await medians(contestants, rounds), COLUMNS));
}

/** A program that writes down when it begins, and ends. */
class Rank {
  constructor(directory) {
    this.times = join(directory, 'times');
    this.command = [join(directory, 'first_instruction'), this.times];
    const { status } = spawnSync(
      'cc',
      ['-O2', '-o', this.command[0], fileURLToPath(new URL('first_instruction.c', import.meta.url))],
      { stdio: 'inherit' },
    );
    if (status !== 0) throw new Error('first_instruction.c does not compile');
  }

  toString() {
    return this.command.join(' ');
  }

  /** A contestant: a launcher, until the first instruction of the last rank, and until it has ended. */
  started(name, [command, ...rest]) {
    const { times } = this;
    return {
      name,
      async round() {
        writeFileSync(times, '');
        const start = process.hrtime.bigint();
        const { status, error } = spawnSync(command, rest, { stdio: 'ignore' });
        const ended = Number(process.hrtime.bigint() - start) / 1e6;
        if (status !== 0) throw new Error(`${name}: ${error?.message ?? `exit ${status}`}`);
        const began = readFileSync(times, 'utf8').trim().split('\n').map(BigInt);
        const last = began.reduce((latest, time) => Math.max(time, latest));
        return { first: Number(last - start) / 1e6, ended };
      },
      async end() {},
    };
  }
}

function launchers(rank, ranks) {
  const cpu = `$((i % ${availableParallelism()}))`;
  const loop = binder => `i=0; while [ $i -lt ${ranks} ]; do ${binder} ${rank} & i=$((i+1)); done; wait`;
  const taskset = loop(`taskset -c ${cpu}`);
  const shell = (name, script) => rank.started(name, ['sh', '-c', script]);
  return [
    shell('node -e 0; sh loop with taskset', `node -e 0; ${taskset}`),
    shell('sh loop with taskset', taskset),
    shell('sh loop with hwloc-bind', loop(`hwloc-bind pu:${cpu} --`)),
    shell('sh loop with numactl', loop(`numactl --physcpubind=${cpu}`)),
    rank.started('governor launch', [governor, 'launch', '-n', String(ranks), '--share', '-q', '--', ...rank.command]),
    ...(ranks > MOST_RANKS
      ? []
      : [
          rank.started('mpirun', [
            'mpirun',
            '--allow-run-as-root',
            '--oversubscribe',
            '--bind-to',
            'none',
            '-n',
            String(ranks),
            ...rank.command,
          ]),
          rank.started('torchrun', [
            'torchrun',
            '-r',
            '9:1',
            '-t',
            '9:1',
            '--standalone',
            '--nproc_per_node',
            String(ranks),
            '--no_python',
            ...rank.command,
          ]),
        ]),
  ];
}
